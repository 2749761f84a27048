"""What elements of a document go to, and the sink that keeps them as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from shared.archive.graphml.keys import Sort
from shared.archive.reading.known_lines import KnownLines
from shared.graph import NodeRow, RelationshipRow


class RowTaker(Protocol):
    """Takes elements that were read strictly, in the document's order."""

    def add_node(self, row: NodeRow) -> None:
        """Take a node."""
        ...

    def add_relationship(self, row: RelationshipRow) -> None:
        """Take a relationship."""
        ...


class LineSink(RowTaker, Protocol):
    """Takes lines, too, that the compiled codec knows."""

    @property
    def known(self) -> Mapping[Sort, KnownLines]:
        """What it knows."""

    def take_lines(self, sort: Sort, content: bytes, at: int, *, first: int, nodes: int) -> tuple[int, int]:
        """Take lines from a place on, numbered from `first` on, as far as they are known.

        Edges end at the first `nodes` nodes. Returns how many were taken, and where the next line begins.
        """
        ...


class RowSink:
    """Keeps rows until they are taken out."""

    def __init__(self, *, nodes_wanted: bool = True) -> None:
        self.nodes: list[NodeRow] = []
        self.relationships: list[RelationshipRow] = []
        self._nodes_wanted = nodes_wanted

    def pop_nodes(self) -> list[NodeRow]:
        """Take out the nodes."""
        rows, self.nodes = self.nodes, []
        return rows

    def pop_relationships(self) -> list[RelationshipRow]:
        """Take out the relationships."""
        rows, self.relationships = self.relationships, []
        return rows

    def add_node(self, row: NodeRow) -> None:
        """Keep a node."""
        if self._nodes_wanted:
            self.nodes.append(row)

    def add_relationship(self, row: RelationshipRow) -> None:
        """Keep a relationship."""
        self.relationships.append(row)
