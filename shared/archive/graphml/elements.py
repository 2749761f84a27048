"""A node or an edge of a document, turned into labels and properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.archive.graphml.declarations import DeclaredKey
from shared.archive.graphml.keys import LABEL_KEY, LABELS_KEY, Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_label_count, check_name
from shared.archive.values.text import checked_string, parse_json_string, parse_list
from shared.graph import PropertyValue

_SHOWN_CHARACTERS = 40
_NAMES_OF_LABELS = {Sort.NODE: LABELS_KEY, Sort.EDGE: LABEL_KEY}


@dataclass(slots=True, kw_only=True)
class Element:
    """A node or an edge being read."""

    sort: Sort
    attributes: Mapping[str, str]
    data: dict[str, str] = field(default_factory=dict)
    """Text by key id."""
    size: int = 0
    """The bytes of all texts."""


def labels_of(element: Element) -> list[str]:
    """Return the labels of a node as its document gives them. Raises: ValueError."""
    if (exact := element.attributes.get("f:labels")) is not None:
        return parse_list(exact, checked_string)
    text = element.attributes.get("labels", element.data.get(LABELS_KEY, ""))
    return [label for label in text.split(":") if label]


def type_of(element: Element) -> str | None:
    """Return the type of an edge as its document gives it. Raises: ValueError."""
    if (exact := element.attributes.get("f:label")) is not None:
        return parse_json_string(exact)
    return element.attributes.get("label", element.data.get(LABEL_KEY))


def properties_of(element: Element, keys: Mapping[str, DeclaredKey]) -> dict[str, Any]:
    """Return the properties. Raises: ValueError naming the key that is wrong."""
    properties: dict[str, Any] = {}
    for key_id, text in element.data.items():
        if key_id == _NAMES_OF_LABELS[element.sort]:
            continue
        if (key := keys.get(key_id)) is None:
            raise ValueError(f"data for the key {key_id!r}, which is not declared")
        if element.sort not in key.sorts:
            raise ValueError(f"data for the key {key_id!r}, which is declared for {'/'.join(sorted(key.sorts))}")
        if key.name in properties:
            raise ValueError(f"the property {key.name!r} twice")
        properties[key.name] = parse_value(key, text)
    return properties


def parse_value(key: DeclaredKey, text: str) -> PropertyValue:
    """Read a value. Raises: ValueError naming key and value."""
    try:
        return key.kind.parse(text)
    except ValueError as error:
        shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
        raise ValueError(f"the value {shown!r} of {key.name!r}: {error}") from error


def checked_labels(labels: list[str], limits: ArchiveLimits) -> tuple[str, ...]:
    """Return labels sorted, each once. Raises: ValueError."""
    checked = {check_name("label", label, limits) for label in labels}
    check_label_count(len(checked), limits)
    return tuple(sorted(checked))
