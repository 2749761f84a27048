"""Labels of nodes and types of edges, as the dialects of GraphML say them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.graphml.dialects import GREMLIN_KEYS, GREMLIN_SEPARATOR, says_labels, says_type
from shared.archive.foreign.graphml.keys import ForeignKey, ForeignKeys
from shared.archive.graphml.keys import LABEL_KEY, LABELS_KEY, Sort
from shared.archive.values.text import checked_string, parse_json_string, parse_list

NUMBERED: Final = re.compile("n[0-9]+")
"""An id that a writer gave by counting."""


class Datum(NamedTuple):
    """One `<data>` of an element, or the default in its place."""

    key: ForeignKey
    text: str


@dataclass(slots=True, kw_only=True)
class ForeignElement:
    """A node or an edge being read."""

    sort: Sort
    attributes: Mapping[str, str]
    line: int
    column: int
    parent: str | None = None
    """The id of the node whose nested graph holds it."""
    data: list[Datum] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    size: int = 0
    """The bytes of all texts of its data."""

    def take(self, fits: Callable[[Datum], bool]) -> str | None:
        """Take out the first datum that fits, and return its text."""
        for at, each in enumerate(self.data):
            if fits(each):
                del self.data[at]
                return each.text
        return None


def add_defaults(element: ForeignElement, keys: ForeignKeys) -> None:
    """Give the element what its keys say for elements without data of their own."""
    if keys.with_default[element.sort]:
        known = {each.key.id for each in element.data}
        element.data += [
            Datum(key, key.default)
            for key in keys.with_default[element.sort].values()
            if key.id not in known and key.default is not None
        ]


def take_labels(element: ForeignElement, defaults: ForeignDefaults) -> list[str]:
    """Take a node's labels out of what its document says. Raises: ValueError."""
    if (exact := element.attributes.get("f:labels")) is not None:
        element.take(lambda each: each.key.id == LABELS_KEY)
        return parse_list(exact, checked_string)
    if (chosen := _chosen(element, defaults.label_from)) is not None:
        labels = chosen.split(":") if chosen.startswith(":") else [chosen]
    elif (text := _label_text(element)) is not None:
        labels = text.split(":")
    else:
        labels = _gremlin_labels(element)
    return [label for label in labels if label] or ([] if defaults.label is None else [defaults.label])


def take_type(element: ForeignElement, defaults: ForeignDefaults) -> str | None:
    """Take an edge's type out of what its document says. Raises: ValueError."""
    if (exact := element.attributes.get("f:label")) is not None:
        element.take(lambda each: each.key.id == LABEL_KEY)
        return parse_json_string(exact)
    text = _chosen(element, defaults.type_from)
    if not text and (text := element.attributes.get("label")):
        element.take(lambda each: each.key.name == LABEL_KEY and each.text == text)
    text = (
        text
        or element.take(lambda each: each.key.name == GREMLIN_KEYS[Sort.EDGE])
        or element.take(_says_type)
        or element.take(_says_labels)
    )
    return (text or "").removeprefix(":") or defaults.type


def _label_text(element: ForeignElement) -> str | None:
    if (text := element.attributes.get("labels")) is not None:
        element.take(lambda each: each.key.name == LABELS_KEY and each.text == text)
        return text
    return None if any(_says_gremlin_labels(each) for each in element.data) else element.take(_says_labels)


def _gremlin_labels(element: ForeignElement) -> list[str]:
    """Split `A::B` of Gremlin, and `A:B` of the procedure library, which numbers its nodes as n0, n1 and so on."""
    text = element.take(_says_gremlin_labels) or ""
    is_numbered = NUMBERED.fullmatch(element.attributes.get("id", ""))
    return text.split(":" if is_numbered and GREMLIN_SEPARATOR not in text else GREMLIN_SEPARATOR)


def _says_gremlin_labels(datum: Datum) -> bool:
    return datum.key.name == GREMLIN_KEYS[Sort.NODE]


def _chosen(element: ForeignElement, name: str | None) -> str | None:
    return None if name is None else element.take(lambda each: each.key.name == name)


def _says_labels(datum: Datum) -> bool:
    return datum.key.is_text and says_labels(datum.key.name, datum.text)


def _says_type(datum: Datum) -> bool:
    return datum.key.is_text and says_type(datum.key.id, datum.key.name)
