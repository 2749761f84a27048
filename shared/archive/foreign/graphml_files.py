"""Reads the GraphML files of any tool as one application."""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from shared.archive.foreign.application import BATCH_ROWS
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.files import ForeignFile
from shared.archive.foreign.graphml.dialects import Dialect
from shared.archive.foreign.graphml.document import ForeignDocument
from shared.archive.foreign.graphml.encodings import to_utf8
from shared.archive.foreign.text_ordinals import TextOrdinals
from shared.archive.graphml.parser import ParsedEdge, ParsedNode
from shared.archive.limits import ArchiveLimits
from shared.archive.volume import full_volume_named
from shared.errors import InvalidArchiveError
from shared.graph import NodeRow, RelationshipRow


class GraphMLFiles:
    """All files together: an edge may stand before its nodes, or in another file, so edges wait in a file of ours."""

    folder = ""

    def __init__(
        self,
        name: str,
        files: Sequence[ForeignFile],
        *,
        limits: ArchiveLimits,
        defaults: ForeignDefaults,
    ) -> None:
        self.name = name
        self.warnings: Counter[str] = Counter()
        self.dialects: set[Dialect] = set()
        """Of the documents; complete once all is read."""
        self._files = files
        self._limits = limits
        self._defaults = defaults
        self._ordinals = TextOrdinals()
        self._edges = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._relationships = 0

    def close(self) -> None:
        """Give the space back that the ids of the nodes take, with the edges."""
        self._ordinals.close()
        self._edges.close()

    def read_nodes(self) -> Iterator[list[NodeRow]]:
        """Parse all files, for all that is to be refused or warned of too; keep the edges, give the nodes."""
        for at, file in enumerate(self._files):
            parser = ForeignDocument(file.name, self._limits, self._defaults)
            for elements in _read_elements(file, parser):
                if edges := [each for each in elements if isinstance(each, ParsedEdge)]:
                    self._keep(at, edges)
                yield [self._node(file, each) for each in elements if isinstance(each, ParsedNode)]
            self.warnings.update(parser.warnings)
            self.dialects.add(parser.dialect)

    def _keep(self, at: int, edges: Sequence[ParsedEdge]) -> None:
        with full_volume_named(Path(tempfile.gettempdir()), self._edges.tell()):
            pickle.dump((at, edges), self._edges, pickle.HIGHEST_PROTOCOL)
            self._edges.flush()

    def read_relationships(self) -> Iterator[list[RelationshipRow]]:
        """Give the edges, now that every node has its ordinal."""
        end = self._edges.tell()
        self._edges.seek(0)
        while self._edges.tell() < end:
            at, edges = pickle.load(self._edges)  # noqa: S301 - nobody else can write into a nameless file
            yield [self._relationship(self._files[at], each) for each in edges]

    def _node(self, file: ForeignFile, node: ParsedNode) -> NodeRow:
        ordinal = self._ordinals.add(node.id)
        if ordinal is None:
            _refuse(f"Node {node.id!r} has an id that is used before", file, node.line)
        return ordinal, node.labels, node.properties

    def _relationship(self, file: ForeignFile, edge: ParsedEdge) -> RelationshipRow:
        start, end = (self._ordinals.find(node_id) for node_id in (edge.source, edge.target))
        if start is None or end is None:
            missing = edge.source if start is None else edge.target
            _refuse(f"Edge {edge.id!r} ends at {missing!r}, which is no node of the archive", file, edge.line)
        self._relationships += 1
        return self._relationships - 1, start, end, edge.type, edge.properties


def _read_elements(file: ForeignFile, parser: ForeignDocument) -> Iterator[list[ParsedNode | ParsedEdge]]:
    for piece in to_utf8(file.read(), file.name):
        parser.feed(piece)
        while parser.elements:
            yield parser.elements[:BATCH_ROWS]
            del parser.elements[:BATCH_ROWS]
    parser.close()


def _refuse(problem: str, file: ForeignFile, line: int) -> NoReturn:
    raise InvalidArchiveError(f"{problem}.", entry=file.name, line=line)
