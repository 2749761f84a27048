"""A graph of code under construction, held in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SampleNode:
    """A node without its scope label."""

    labels: tuple[str, ...]
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SampleRelationship:
    """A relationship; its ends are positions among the nodes."""

    type: str
    start: int
    end: int
    properties: Mapping[str, Any]


@dataclass(slots=True)
class SampleGraph:
    """Nodes and relationships in an order that the source code alone decides."""

    nodes: list[SampleNode] = field(default_factory=list)
    relationships: list[SampleRelationship] = field(default_factory=list)

    def add_node(self, *labels: str, **properties: Any) -> int:
        """Add a node without its None properties; return its position."""
        kept = {key: value for key, value in properties.items() if value is not None}
        self.nodes.append(SampleNode(labels, kept))
        return len(self.nodes) - 1

    def relate(self, start: int, kind: str, end: int, **properties: Any) -> None:
        """Add a relationship without its None properties."""
        kept = {key: value for key, value in properties.items() if value is not None}
        self.relationships.append(SampleRelationship(kind, start, end, kept))
