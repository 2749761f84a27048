"""Documents of our own dialect: nodes n0, n1 …, then edges e0, e1 … between them."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from shared.archive.graphml import GraphMLParser, ParsedEdge, ParsedNode
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError
from shared.graph import NodeRow, RelationshipRow

_NODE_ID: Final = re.compile("n(0|[1-9][0-9]{0,17})")


class OrdinalDocument:
    """Takes a document in pieces; gives rows with ordinals. Raises InvalidArchiveError everywhere."""

    def __init__(self, entry: str, limits: ArchiveLimits) -> None:
        self.nodes: list[NodeRow] = []
        self.relationships: list[RelationshipRow] = []
        """Complete rows; the caller takes them out."""
        self.node_count = 0
        self.relationship_count = 0
        self._entry = entry
        self._parser = GraphMLParser(entry, limits)

    def feed(self, piece: bytes) -> None:
        """Read on."""
        self._parser.feed(piece)
        self._take_elements()

    def close(self) -> None:
        """End the document."""
        self._parser.close()
        if not self._parser.ours:
            raise InvalidArchiveError("Not in the dialect that a manifest stands for (f:version).", entry=self._entry)

    def _take_elements(self) -> None:
        for element in self._parser.elements:
            if isinstance(element, ParsedNode):
                self._take_node(element)
            else:
                self._take_edge(element)
        self._parser.elements.clear()

    def _take_node(self, node: ParsedNode) -> None:
        expected = f"n{self.node_count}"
        if node.id != expected:
            self._refuse(f"Node {node.id!r} {self._reason(node.id, expected, self.node_count)}", node.line)
        if self.relationship_count:
            self._refuse(f"Node {node.id!r} comes after the first edge", node.line)
        self.nodes.append((self.node_count, node.labels, node.properties))
        self.node_count += 1

    def _take_edge(self, edge: ParsedEdge) -> None:
        expected = f"e{self.relationship_count}"
        if edge.id != expected:
            self._refuse(f"Edge {edge.id!r} {self._reason(edge.id, expected, self.relationship_count)}", edge.line)
        start, end = (self._ordinal(edge, node_id) for node_id in (edge.source, edge.target))
        self.relationships.append((self.relationship_count, start, end, edge.type, edge.properties))
        self.relationship_count += 1

    def _reason(self, found: str | None, expected: str, count: int) -> str:
        digits = (found or "")[1:]
        if found and found[0] == expected[0] and digits.isdecimal() and len(digits) < 19 and int(digits) < count:
            return "has an id that is used before"
        return f"stands where {expected!r} is expected"

    def _ordinal(self, edge: ParsedEdge, node_id: str) -> int:
        match = _NODE_ID.fullmatch(node_id)
        if match is None or int(match[1]) >= self.node_count:
            self._refuse(f"Edge {edge.id!r} ends at {node_id!r}, which is no node of the document", edge.line)
        return int(match[1])

    def _refuse(self, problem: str, line: int) -> NoReturn:
        raise InvalidArchiveError(f"{problem}.", entry=self._entry, line=line)
