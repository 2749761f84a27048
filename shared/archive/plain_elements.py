"""Reads elements that stand exactly as our writer writes them, by one pattern for each layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.archive.datatypes import BOOLEAN, FLOAT, INTEGER, STRING, Kind, kind_of
from shared.archive.document_keys import DeclaredKey
from shared.archive.keys import Key, key_id
from shared.archive.layout import Layout
from shared.archive.rendering import Renderer
from shared.archive.xml_text import escape_text, unescape_text
from shared.errors import UnsupportedValueError
from shared.graph import Properties

_TEXT: Final = "([^<>&]*(?:&(?:amp|lt|gt|#13);[^<>&]*)*)"
_GROUPS: Final[Mapping[Kind, str]] = {
    BOOLEAN: "(true|false)",
    INTEGER: "(0|-?[1-9][0-9]{0,17})",
    FLOAT: r"(-?[0-9][0-9.]*(?:e[+-][0-9]+)?)",
}
_CONVERSIONS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    BOOLEAN: lambda text: text == "true",
    INTEGER: int,
    FLOAT: float,
}
_NEGATIVE_ZERO: Final = "-0.0"
"""Its kind is another."""
_LEARNT_AT_MOST: Final = 4_000
"""Patterns compiled for one document: each costs as much as reading some hundred elements strictly."""
_TRIED_AT_MOST: Final = 48
"""Patterns tried on elements with the same labels, those that matched last first."""

Groups = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlainShape:
    """How to read the elements of one layout."""

    layout: Layout
    fullmatch: Callable[[str, int], re.Match[str] | None]
    """Of the pattern."""
    names: tuple[str, ...]
    conversions: tuple[tuple[int, Callable[[str], Any]], ...]
    """Of the columns that are not strings."""
    doubtful: tuple[tuple[int, Kind], ...]
    """Columns whose pattern alone does not prove that their text is canonical."""

    def properties(self, groups: Groups) -> dict[str, Any]:
        """Return the properties of a match. Raises: ValueError."""
        texts = tuple(map(unescape_text, groups)) if "&" in "".join(groups) else groups
        properties: dict[str, Any] = dict(zip(self.names, texts, strict=True))
        for index, convert in self.conversions:
            properties[self.names[index]] = convert(texts[index])
        return properties

    def is_canonical(self, groups: Groups) -> bool:
        """Return whether rendering the values would give the same text again."""
        return all(_is_canonical(kind, groups[index]) for index, kind in self.doubtful)


def _is_canonical(kind: Kind, text: str) -> bool:
    try:
        if kind is FLOAT:
            return repr(float(text)) == text != _NEGATIVE_ZERO
        value = kind.parse(unescape_text(text))
        return kind_of(value) is kind and escape_text(kind.text(value)) == text
    except ValueError:
        return False


_NONE_LEARNT: Final[list[PlainShape]] = []


class PlainElements:
    """The shapes learnt from elements that were read strictly."""

    def __init__(self, renderer: Renderer, declared: Mapping[str, DeclaredKey]) -> None:
        self._renderer = renderer
        self._declared = declared
        self._shapes: dict[str, list[PlainShape]] = {}
        self._learnt: set[Layout] = set()

    def find(self, text: str, position: int) -> tuple[PlainShape, Groups] | None:
        """Match an element from behind its id or ends to before its end tag; None where no shape fits exactly."""
        shapes = self._shapes.get(text[position : text.find(">", position)], _NONE_LEARNT)
        for shape in shapes:
            if (match := shape.fullmatch(text, position)) is not None:
                if shape is not shapes[0]:
                    shapes.remove(shape)
                    shapes.insert(0, shape)
                return shape, match.groups()
        return None

    def learn(self, labels: tuple[str, ...], properties: Properties) -> None:
        """Learn how an element is written, if the document declares its keys as we do."""
        try:
            layout = self._renderer.layout_of(labels, properties)
        except UnsupportedValueError:
            return
        if layout in self._learnt or len(self._learnt) >= _LEARNT_AT_MOST:
            return
        self._learnt.add(layout)
        if all(map(self._is_declared, layout.keys)):
            start_tag = layout.head[: layout.head.index(">")]
            shapes = self._shapes.setdefault(start_tag, [])
            shapes.insert(0, _make_shape(layout))
            del shapes[_TRIED_AT_MOST:]

    def _is_declared(self, key: Key) -> bool:
        declared = self._declared.get(key_id(key))
        return (
            declared is not None
            and (declared.name, declared.kind) == (key.name, key.kind)
            and declared.sorts == {key.sort}
            and not declared.holds_labels
        )


def _make_shape(layout: Layout) -> PlainShape:
    kinds = [key.kind for key in layout.keys]
    data = (f'<data key="{re.escape(key_id(key))}">{_GROUPS.get(key.kind, _TEXT)}</data>' for key in layout.keys)
    return PlainShape(
        layout=layout,
        fullmatch=re.compile(re.escape(layout.head) + "".join(data)).fullmatch,
        names=tuple(key.name for key in layout.keys),
        conversions=tuple(
            (index, _CONVERSIONS.get(kind, kind.parse)) for index, kind in enumerate(kinds) if kind is not STRING
        ),
        doubtful=tuple((index, kind) for index, kind in enumerate(kinds) if kind not in (STRING, INTEGER, BOOLEAN)),
    )
