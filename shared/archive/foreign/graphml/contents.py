"""What a node or an edge of a document becomes: labels or type, properties, with its id and its captions."""

from __future__ import annotations

from typing import Any, Final

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.graphml.dialects import CAPTIONS
from shared.archive.foreign.graphml.keys import ForeignKeys
from shared.archive.foreign.graphml.names import NUMBERED, ForeignElement, add_defaults, take_labels, take_type
from shared.archive.foreign.warnings import Warnings
from shared.archive.graphml.elements import checked_labels
from shared.archive.graphml.keys import Sort
from shared.archive.graphml.parser import ParsedEdge, ParsedNode
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name

_USUAL_ID_PROPERTY: Final = "id"


class Contents:
    """Reads complete elements by the keys that a document declares."""

    def __init__(self, keys: ForeignKeys, limits: ArchiveLimits, defaults: ForeignDefaults, warnings: Warnings) -> None:
        self._keys = keys
        self._limits = limits
        self._defaults = defaults
        self._warnings = warnings

    def read(self, element: ForeignElement) -> ParsedNode | ParsedEdge:
        """Read an element with all its data. Raises: ValueError that says what it has wrong."""
        add_defaults(element, self._keys)
        return self._node(element) if element.sort is Sort.NODE else self._edge(element)

    def _node(self, element: ForeignElement) -> ParsedNode:
        node_id = element.attributes.get("id")
        if node_id is None:
            raise ValueError("no id")
        labels = checked_labels(take_labels(element, self._defaults), self._limits)
        properties = self._properties(element)
        if not self._keys.ours:
            self._keep_id(node_id, properties)
            if element.parent is not None and self._defaults.parent_property:
                properties.setdefault(self._defaults.parent_property, element.parent)
        return ParsedNode(node_id, labels, properties, element.line)

    def _keep_id(self, node_id: str, properties: dict[str, Any]) -> None:
        name = self._defaults.id_property
        if name == "" or (name is None and NUMBERED.fullmatch(node_id)):
            return
        name = name or _USUAL_ID_PROPERTY
        if self._keys.has_name(Sort.NODE, name) or name in properties:
            self._warnings.note("ids of nodes left out, because the graph has a property {!r} of its own", name)
        else:
            properties[name] = node_id

    def _edge(self, element: ForeignElement) -> ParsedEdge:
        source, target = element.attributes.get("source"), element.attributes.get("target")
        if source is None or target is None:
            raise ValueError("no source or no target")
        edge_type = take_type(element, self._defaults)
        if edge_type is None:
            raise ValueError("no label to be its type")
        check_name("relationship type", edge_type, self._limits)
        properties = self._properties(element)
        return ParsedEdge(element.attributes.get("id"), source, target, edge_type, properties, element.line)

    def _properties(self, element: ForeignElement) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        for key, text in element.data:
            value = key.read(text)
            if not key.name:
                self._warnings["data under a key without a name left out"] += 1
            elif value is not None:
                if key.name in properties:
                    self._warnings.note("values of {!r} replaced by a later one of the same element", key.name)
                properties[key.name] = value
        if element.captions:
            usual, other = CAPTIONS[element.sort]
            name = other if usual in properties or self._keys.has_name(element.sort, usual) else usual
            properties.setdefault(name, "\n".join(element.captions))
        return properties
