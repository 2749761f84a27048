"""Reads elements that stand exactly as our writer writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.archive.canonical.layout import Layout
from shared.archive.canonical.renderer import Renderer
from shared.archive.graphml.declarations import DeclaredKey, declares
from shared.archive.graphml.keys import EDGE_END, NODE_END, Sort, key_id
from shared.archive.values.value_kinds import BOOLEAN, FLOAT, INTEGER, STRING, Kind, kind_of
from shared.archive.values.xml_text import escape_text, unescape_text
from shared.errors import UnsupportedValueError
from shared.graph import Properties

_TEXT: Final = "[^<>&]*+(?:&(?:amp|lt|gt|#13);[^<>&]*+)*+"
_PATTERNS: Final[Mapping[Kind, str]] = {
    BOOLEAN: "true|false",
    INTEGER: "0|-?(?:[1-8][0-9]{0,18}|9[0-9]{0,17})",
    FLOAT: r"-?[0-9][0-9.]*+(?:e[+-][0-9]++)?",
}
_CONVERSIONS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    BOOLEAN: lambda text: text == "true",
    INTEGER: int,
    FLOAT: float,
}
_NEGATIVE_ZERO: Final = "-0.0"
"""Its kind is another."""
_SURE: Final = (STRING, INTEGER, BOOLEAN)
"""Kinds whose pattern alone proves that their text is canonical."""
_KEY: Final = re.compile('<data key="([^"]*)">')
_NUMBER: Final = "(0|[1-9][0-9]{0,17})"
_ENDS: Final = {Sort.NODE: NODE_END, Sort.EDGE: EDGE_END}
_ELEMENTS: Final = {
    Sort.NODE: '<node id="n(NUMBER"(?=([^>]*+))(RESTS))',
    Sort.EDGE: '<edge id="eNUMBER" source="n(NUMBER" target="nNUMBER"(?=([^>]*+))(RESTS))',
}
_LEARNT_AT_MOST: Final = 4_000
"""Shapes of one document: each costs as much as reading some hundred elements strictly."""
_JOINED_AT_MOST: Final = 48
"""Shapes in one pattern, where alternatives are tried in turn."""

Groups = Sequence[str]


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

    @property
    def rest(self) -> str:
        """The pattern of what follows the numbers, up to the end of the line, without groups."""
        return _rest_pattern(self.layout, "(?:") + _ENDS[self.layout.sort]

    def plain_properties(self, groups: Groups) -> dict[str, Any]:
        """Return the properties of a match without entities. Raises: ValueError."""
        properties: dict[str, Any] = dict(zip(self.names, groups, strict=True))
        for index, convert in self.conversions:
            properties[self.names[index]] = convert(groups[index])
        return properties

    def properties(self, groups: Groups) -> dict[str, Any]:
        """Return the properties of a match. Raises: ValueError."""
        return self.plain_properties(tuple(map(unescape_text, groups)) if "&" in "".join(groups) else groups)

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


class PlainElements:
    """The shapes learnt from elements of one sort that were read strictly."""

    def __init__(self, sort: Sort, renderer: Renderer, declared: Mapping[str, DeclaredKey]) -> None:
        self.last_by_tag: dict[str, PlainShape] = {}
        """By the rest of the start tag, the shape met last."""
        self._sort = sort
        self._renderer = renderer
        self._declared = declared
        self._shapes: dict[tuple[str, ...], PlainShape] = {}
        """By the rest of the start tag, with the ids of all data."""
        self._learnt: set[Layout] = set()
        self._joined: re.Pattern[bytes] | None = None
        self._doubtful: dict[Kind, re.Pattern[bytes]] = {}
        """What finds the values of a doubtful kind: nothing else in plain elements looks like the end of its key."""

    def find(self, text: str, position: int) -> tuple[PlainShape, Groups] | None:
        """Match an element from behind its id or ends to before its end tag; None where no shape fits exactly."""
        tag = text[position : text.find(">", position)]
        shape = self._shapes.get((tag, *_KEY.findall(text, position)))
        if shape is None or (match := shape.fullmatch(text, position)) is None:
            return None
        self.last_by_tag[tag] = shape
        return shape, match.groups()

    @property
    def joined(self) -> re.Pattern[bytes] | None:
        """The pattern of one whole element of any shape, as long as there are a few.

        A node's groups are all from its number on, the number, the rest of the start tag, all behind the number; an
        edge's are its number, all from its start on, start, end, the rest of the start tag, all behind the end.
        """
        if self._joined is None and 0 < len(self._shapes) <= _JOINED_AT_MOST:
            rests = "|".join(shape.rest for shape in self._shapes.values())
            pattern = _ELEMENTS[self._sort].replace("NUMBER", _NUMBER).replace("RESTS", rests)
            self._joined = re.compile(pattern.encode())
        return self._joined

    def are_canonical(self, content: bytes) -> bool:
        """Return whether every value in lines that `joined` matched stands as rendering would write it."""
        for kind, pattern in self._doubtful.items():
            texts = [text.decode() for text in pattern.findall(content)]
            if kind is FLOAT:
                if list(map(repr, map(float, texts))) != texts or _NEGATIVE_ZERO in texts:
                    return False
            elif not all(_is_canonical(kind, text) for text in texts):
                return False
        return True

    def learn(self, labels: tuple[str, ...], properties: Properties) -> None:
        """Learn how an element is written, if the document declares its keys as we do."""
        try:
            layout = self._renderer.layout_of(labels, properties)
        except UnsupportedValueError:
            return
        if layout in self._learnt or len(self._learnt) >= _LEARNT_AT_MOST:
            return
        self._learnt.add(layout)
        if all(declares(self._declared, key) for key in layout.keys):
            self._joined = None
            tag = layout.head[: layout.head.index(">")]
            shape = self.last_by_tag[tag] = _make_shape(layout)
            for _, kind in shape.doubtful:
                self._doubtful[kind] = re.compile(f'\\.{kind.code}">([^<]*)</data>'.encode())
            self._shapes[tag, *_KEY.findall(layout.head), *map(key_id, layout.keys)] = shape


def _rest_pattern(layout: Layout, group: str) -> str:
    data = (
        f'<data key="{re.escape(key_id(key))}">{group}{_PATTERNS.get(key.kind, _TEXT)})</data>' for key in layout.keys
    )
    return re.escape(layout.head) + "".join(data)


def _make_shape(layout: Layout) -> PlainShape:
    kinds = [key.kind for key in layout.keys]
    return PlainShape(
        layout=layout,
        fullmatch=re.compile(_rest_pattern(layout, "(")).fullmatch,
        names=tuple(key.name for key in layout.keys),
        conversions=tuple(
            (index, _CONVERSIONS.get(kind, kind.parse)) for index, kind in enumerate(kinds) if kind is not STRING
        ),
        doubtful=tuple((index, kind) for index, kind in enumerate(kinds) if kind not in _SURE),
    )
