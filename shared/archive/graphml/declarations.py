"""The keys that one GraphML document declares, with the kinds to read values by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.archive.graphml.keys import Key, Sort, key_id
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name
from shared.archive.values.text import parse_json_string
from shared.archive.values.value_kinds import BOOLEAN, FLOAT, INTEGER, KINDS, NATIVE_LISTS, STRING, Kind

_KINDS_OF_ATTR_TYPES: Final[Mapping[str, Kind]] = {
    "boolean": BOOLEAN,
    "int": INTEGER,
    "long": INTEGER,
    "float": FLOAT,
    "double": FLOAT,
    "string": STRING,
}
_LISTS: Final[Mapping[str, Kind]] = {
    **NATIVE_LISTS,
    "int": NATIVE_LISTS["long"],
    "float": NATIVE_LISTS["double"],
}


@dataclass(slots=True, kw_only=True)
class DeclaredKey:
    """A `<key>` of a document."""

    id: str
    sorts: frozenset[str]
    """`node`, `edge`, or what else the document says."""
    name: str
    kind: Kind


def declare(attributes: Mapping[str, str], limits: ArchiveLimits) -> DeclaredKey:
    """Read the attributes of a key of our own dialect. Raises: ValueError."""
    key_id = attributes.get("id")
    if key_id is None:
        raise ValueError("a key without an id")
    belongs_to = attributes.get("for", "all")
    sorts = frozenset({Sort.NODE.value, Sort.EDGE.value} if belongs_to == "all" else {belongs_to})
    name = attributes.get("attr.name", key_id)
    if (exact := attributes.get("f:name")) is not None:
        name = parse_json_string(exact)
    return DeclaredKey(
        id=key_id,
        sorts=sorts,
        name=check_name("property key", name, limits),
        kind=_kind(attributes),
    )


def declares(declared: Mapping[str, DeclaredKey], key: Key) -> bool:
    """Return whether a document declares a key just as ours do."""
    found = declared.get(key_id(key))
    return found is not None and (found.name, found.kind) == (key.name, key.kind) and found.sorts == {key.sort}


def _kind(attributes: Mapping[str, str]) -> Kind:
    if (hint := attributes.get("f:type")) is not None:
        kind = KINDS.get(hint)
        if kind is None or kind.hint is None:
            raise ValueError(f"the unknown value type {hint!r}")
        return kind
    word, kinds = attributes.get("attr.type", "string"), _KINDS_OF_ATTR_TYPES
    if (attr_list := attributes.get("attr.list")) is not None:
        word, kinds = attr_list, _LISTS
    if word not in kinds:
        raise ValueError(f"the unknown attribute type {word!r}")
    return kinds[word]
