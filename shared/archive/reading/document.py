"""Documents of our own dialect: nodes n0, n1 …, then edges e0, e1 … between them."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from typing_extensions import override

from shared.archive.graphml.keys import Sort
from shared.archive.graphml.parser import GraphMLParser, ParsedEdge, ParsedNode
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.sinks import LineSink, RowTaker
from shared.errors import InvalidArchiveError
from shared.graph import NodeRow, Properties, RelationshipRow

_NODE_ID: Final = re.compile("n(0|[1-9][0-9]{0,17})")
_NUMBERED: Final = re.compile("(.)([0-9]{1,18})")


class StrictDocument:
    """Gives the elements of a document to a sink, with ordinals, as they are read strictly."""

    def __init__(self, entry: str, limits: ArchiveLimits, sink: RowTaker) -> None:
        self.node_count = 0
        self.relationship_count = 0
        self._entry = entry
        self._rows = sink
        self._parser = GraphMLParser(entry, limits)

    def learn(self, sort: Sort, labels: tuple[str, ...], properties: Properties) -> None:
        """Learn how an element is written, where others like it can be known: strictly none are."""

    def feed(self, piece: bytes) -> None:
        """Read on strictly."""
        try:
            self._parser.feed(piece)
        finally:
            # Also when something is wrong further on: the first fault of a document is the one to name.
            self._take_elements()

    def _take_elements(self) -> None:
        for element in self._parser.elements:
            if isinstance(element, ParsedNode):
                self._take_node(element)
            else:
                self._take_edge(element)
        self._parser.elements.clear()

    def is_between_elements(self, last_tag_bytes: int) -> bool:
        """Return whether what was fed ended with an element's end tag of so many bytes."""
        return self._parser.is_between_elements(last_tag_bytes)

    def skip_lines(self, count: int) -> None:
        """Know of lines that the codec read."""
        self._parser.skip_lines(count)

    def close(self) -> None:
        """End the document."""
        self._parser.close()

    def _take_node(self, node: ParsedNode) -> None:
        expected = f"n{self.node_count}"
        if node.id != expected:
            self._refuse(f"Node {node.id!r} {_reason(node.id, expected)}", node.line)
        if self.relationship_count:
            self._refuse(f"Node {node.id!r} comes after the first edge", node.line)
        row: NodeRow = (self.node_count, node.labels, node.properties)
        self._rows.add_node(row)
        self.learn(Sort.NODE, node.labels, node.properties)
        self.node_count += 1

    def _take_edge(self, edge: ParsedEdge) -> None:
        expected = f"e{self.relationship_count}"
        if edge.id != expected:
            self._refuse(f"Edge {edge.id!r} {_reason(edge.id, expected)}", edge.line)
        start, end = (self._ordinal(edge, node_id) for node_id in (edge.source, edge.target))
        row: RelationshipRow = (self.relationship_count, start, end, edge.type, edge.properties)
        self._rows.add_relationship(row)
        self.learn(Sort.EDGE, (edge.type,), edge.properties)
        self.relationship_count += 1

    def _ordinal(self, edge: ParsedEdge, node_id: str) -> int:
        match = _NODE_ID.fullmatch(node_id)
        if match is None or int(match[1]) >= self.node_count:
            self._refuse(f"Edge {edge.id!r} ends at {node_id!r}, which is no node of the document", edge.line)
        return int(match[1])

    def _refuse(self, problem: str, line: int) -> NoReturn:
        raise InvalidArchiveError(f"{problem}.", entry=self._entry, line=line)


class LineDocument(StrictDocument):
    """Knows lines that the compiled codec reads."""

    def __init__(self, entry: str, limits: ArchiveLimits, sink: LineSink) -> None:
        super().__init__(entry, limits, sink)
        self._sink = sink

    @override
    def learn(self, sort: Sort, labels: tuple[str, ...], properties: Properties) -> None:
        self._sink.known[sort].learn(labels, properties, self._parser.keys)

    def take_lines(self, content: bytes, at: int) -> int:
        """Take lines from a place on; return where the first stands that is not known."""
        if not self.relationship_count:
            taken, at = self._take(Sort.NODE, content, at, self.node_count)
            self.node_count += taken
        taken, at = self._take(Sort.EDGE, content, at, self.relationship_count)
        self.relationship_count += taken
        return at

    def _take(self, sort: Sort, content: bytes, at: int, first: int) -> tuple[int, int]:
        taken, at = self._sink.take_lines(sort, content, at, first=first, nodes=self.node_count)
        self.skip_lines(self._sink.known[sort].kernel.take_line_count())
        return taken, at


def _reason(found: str | None, expected: str) -> str:
    """Say what is wrong with an id, given the one that is next."""
    match = _NUMBERED.fullmatch(found or "")
    if match is not None and match[1] == expected[0] and int(match[2]) < int(expected[1:]):
        return "has an id that is used before"
    return f"stands where {expected!r} is expected"
