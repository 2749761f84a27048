"""One line of references.jsonl: an external reference, or the numbers of nodes that other applications share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name
from shared.archive.values.typed_json import typed, untyped
from shared.references import Direction, ExternalReference, NodeKey

_REFERENCE_FIELDS = {"application", "direction", "key", "node", "properties", "type", "version"}
_FAR = "far"
"""The field that only references between applications of one archive have."""


def format_reference(reference: ExternalReference) -> bytes:
    """Return the line. Raises: ValueError for what no archive can carry."""
    key = reference.key
    return _line(
        {
            "application": reference.application,
            "direction": reference.direction.value,
            "key": None if key is None else {"label": key.label, "properties": typed(key.properties)},
            "node": reference.node,
            "properties": typed(reference.properties),
            "type": reference.type,
            "version": reference.version,
        }
    )


def with_far_node(line: bytes, entry: str, ordinal: int) -> bytes:
    """Return a reference's line with the number of its far node in another document of the archive."""
    return _line({**orjson.loads(line), _FAR: {"entry": entry, "node": ordinal}})


def format_shared(ordinals: Sequence[int]) -> bytes:
    """Return the line."""
    return _line({"shared": list(ordinals)})


def _line(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def parse_line(
    line: bytes, *, entry: str, nodes_of: Mapping[str, int], limits: ArchiveLimits
) -> ExternalReference | list[int]:
    """Read a line of the application with this document; `nodes_of` counts the nodes of all documents.

    Raises: ValueError, TypeError that say what is wrong.
    """
    nodes = nodes_of[entry]
    content = orjson.loads(line)  # its error is a ValueError
    if not isinstance(content, dict):
        raise TypeError("not a JSON object")
    if set(content) == {"shared"}:
        shared: list[int] = [_require_ordinal(each, nodes) for each in content["shared"]]
        return shared
    if set(content) - {_FAR} != _REFERENCE_FIELDS:
        raise ValueError(f"the fields of a reference are {', '.join(sorted(_REFERENCE_FIELDS))}")
    far_entry, far = _far_node(content[_FAR], entry, nodes_of) if _FAR in content else (None, None)
    return ExternalReference(
        node=_require_ordinal(content["node"], nodes),
        direction=Direction(content["direction"]),
        type=check_name("type", _require_text(content["type"]), limits),
        properties=_properties(content["properties"], limits),
        application=_optional_text(content["application"]),
        version=_optional_text(content["version"]),
        key=None if content["key"] is None else _key(content["key"], limits),
        far=far,
        entry=far_entry,
    )


def _far_node(content: object, own_entry: str, nodes_of: Mapping[str, int]) -> tuple[str, int]:
    if not isinstance(content, dict) or set(content) != {"entry", "node"}:
        raise ValueError("a far node is {entry, node}")
    entry = _require_text(content["entry"])
    if entry == own_entry or entry not in nodes_of:
        raise ValueError(f"{entry!r} is not the document of another application")
    return entry, _require_ordinal(content["node"], nodes_of[entry])


def _key(content: object, limits: ArchiveLimits) -> NodeKey:
    if not isinstance(content, dict) or set(content) != {"label", "properties"}:
        raise ValueError("a key is {label, properties}")
    label = check_name("label", _require_text(content["label"]), limits)
    properties = _properties(content["properties"], limits)
    if not properties:
        raise ValueError("a key without properties")
    return NodeKey(label=label, properties=properties)


def _properties(content: object, limits: ArchiveLimits) -> dict[str, Any]:
    if not isinstance(content, dict) or not all(isinstance(each, dict) for each in content.values()):
        raise ValueError("properties are {key: {type, text}}")
    for name in content:
        check_name("property key", name, limits)
    return untyped(content)


def _require_ordinal(value: object, nodes: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < nodes:
        raise ValueError(f"{value!r} is not the number of a node")
    return value


def _require_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _require_text(value)
