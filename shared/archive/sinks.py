"""What becomes of elements while a document is read: rows, or canonical texts."""

from __future__ import annotations

from typing import Protocol

from shared.archive.keys import EDGE_END, NODE_END, Sort
from shared.archive.layout import Layout
from shared.archive.limits import ArchiveLimits
from shared.archive.plain_elements import Groups, PlainShape
from shared.archive.rendering import Renderer
from shared.graph import NodeRow, RelationshipRow


class ElementSink(Protocol):
    """Takes elements in the document's order. The plain ways take matches; they raise ValueError for no match."""

    def add_node(self, row: NodeRow) -> None:
        """Take a node that was read strictly."""
        ...

    def add_relationship(self, row: RelationshipRow) -> None:
        """Take a relationship that was read strictly."""
        ...

    def add_plain_node(self, ordinal: int, shape: PlainShape, groups: Groups, text: str, body: int) -> None:
        """Take a node by its match, with its text up to the end tag, in which its body begins at an index."""
        ...

    def add_plain_relationship(
        self, numbers: tuple[int, int, int], shape: PlainShape, groups: Groups, text: str, body: int
    ) -> None:
        """Take a relationship by its match, given its ordinal with those of its ends; the rest as for a node."""
        ...


class RowSink:
    """Keeps rows until they are taken out."""

    def __init__(self, *, nodes_wanted: bool = True) -> None:
        self.nodes: list[NodeRow] = []
        self.relationships: list[RelationshipRow] = []
        self._nodes_wanted = nodes_wanted

    def add_node(self, row: NodeRow) -> None:
        """Keep a node."""
        if self._nodes_wanted:
            self.nodes.append(row)

    def add_relationship(self, row: RelationshipRow) -> None:
        """Keep a relationship."""
        self.relationships.append(row)

    def add_plain_node(self, ordinal: int, shape: PlainShape, groups: Groups, _text: str, _body: int) -> None:
        """Keep a node."""
        if self._nodes_wanted:
            self.nodes.append((ordinal, shape.layout.labels, shape.properties(groups)))

    def add_plain_relationship(
        self, numbers: tuple[int, int, int], shape: PlainShape, groups: Groups, _text: str, _body: int
    ) -> None:
        """Keep a relationship."""
        self.relationships.append((*numbers, shape.layout.labels[0], shape.properties(groups)))


class TextSink:
    """Keeps canonical texts with their layouts until they are taken out."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.node_bodies: list[str] = []
        self.node_layouts: list[Layout] = []
        self.relationship_ends: list[tuple[int, int]] = []
        self.relationship_bodies: list[str] = []
        self.relationship_layouts: list[Layout] = []
        self._nodes = Renderer(Sort.NODE, limits)
        self._relationships = Renderer(Sort.EDGE, limits)

    def add_node(self, row: NodeRow) -> None:
        """Render a node."""
        rendered = self._nodes.render_nodes([row])
        self.node_bodies += rendered.bodies
        self.node_layouts += rendered.layouts

    def add_relationship(self, row: RelationshipRow) -> None:
        """Render a relationship."""
        rendered = self._relationships.render_relationships([row])
        self.relationship_ends.append((row[1], row[2]))
        self.relationship_bodies += rendered.bodies
        self.relationship_layouts += rendered.layouts

    def add_plain_node(self, _ordinal: int, shape: PlainShape, groups: Groups, text: str, body: int) -> None:
        """Keep a node's text."""
        _require_canonical(shape, groups)
        self.node_bodies.append(text[body:] + NODE_END)
        self.node_layouts.append(shape.layout)

    def add_plain_relationship(
        self, numbers: tuple[int, int, int], shape: PlainShape, groups: Groups, text: str, body: int
    ) -> None:
        """Keep a relationship's text."""
        _require_canonical(shape, groups)
        self.relationship_ends.append(numbers[1:])
        self.relationship_bodies.append(text[body:] + EDGE_END)
        self.relationship_layouts.append(shape.layout)

    def clear(self) -> None:
        """Forget what was taken out."""
        for kept in (self.node_bodies, self.node_layouts, self.relationship_ends):
            kept.clear()
        for kept in (self.relationship_bodies, self.relationship_layouts):
            kept.clear()


def _require_canonical(shape: PlainShape, groups: Groups) -> None:
    if shape.doubtful and not shape.is_canonical(groups):
        raise ValueError("not canonical")
