"""Reads GraphML files of any tool, together as one application or graph by graph."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from shared.archive.foreign.application import BATCH_ROWS
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.files import ForeignFile
from shared.archive.foreign.graph_names import NamedGraphs
from shared.archive.foreign.graphml.dialects import Dialect
from shared.archive.foreign.graphml.document import ForeignDocument, GraphEnd
from shared.archive.foreign.graphml.encodings import to_utf8
from shared.archive.foreign.text_ordinals import TextOrdinals
from shared.archive.foreign.warnings import Warnings
from shared.archive.graphml.parser import ParsedEdge, ParsedNode
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError
from shared.full_volumes import temporary_files_named
from shared.graph import NodeRow, RelationshipRow

_Elements: TypeAlias = list[ParsedNode | ParsedEdge | GraphEnd]
_Batch: TypeAlias = tuple[ForeignFile, _Elements]


@dataclass(frozen=True, slots=True)
class _Told:
    """What documents say of themselves while they are read."""

    warnings: Warnings = field(default_factory=Warnings)
    dialects: set[Dialect] = field(default_factory=set)


class GraphMLApplication:
    """One application: an edge may stand before its nodes, or in another file, so edges wait in a file of ours."""

    folder = ""

    def __init__(self, name: str, batches: Iterator[_Batch], told: _Told, *, whole: str) -> None:
        """`whole` is what messages call all that the batches come from."""
        self.name = name
        self.warnings = told.warnings
        self.dialects = told.dialects
        """Of the documents; complete once all is read."""
        self._batches = batches
        self._whole = whole
        self._ordinals = TextOrdinals()
        with temporary_files_named():
            self._edges = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._relationships = 0

    def close(self) -> None:
        """Give the space back that the ids of the nodes take, with the edges."""
        self._ordinals.close()
        # Closing writes again what found no room before.
        with suppress(OSError):
            self._edges.close()

    def read_nodes(self) -> Iterator[list[NodeRow]]:
        """Parse all, for all that is to be refused or warned of too; keep the edges, give the nodes."""
        for file, elements in self._batches:
            if edges := [each for each in elements if isinstance(each, ParsedEdge)]:
                self._keep(file, edges)
            yield [self._node(file, each) for each in elements if isinstance(each, ParsedNode)]

    def _keep(self, file: ForeignFile, edges: Sequence[ParsedEdge]) -> None:
        with temporary_files_named():
            pickle.dump((file.name, edges), self._edges, pickle.HIGHEST_PROTOCOL)
            self._edges.flush()

    def read_relationships(self) -> Iterator[list[RelationshipRow]]:
        """Give the edges, now that every node has its ordinal."""
        end = self._edges.tell()
        self._edges.seek(0)
        while self._edges.tell() < end:
            entry, edges = pickle.load(self._edges)  # noqa: S301 - nobody else can write into a nameless file
            yield [self._relationship(entry, each) for each in edges]

    def _node(self, file: ForeignFile, node: ParsedNode) -> NodeRow:
        ordinal = self._ordinals.add(node.id)
        if ordinal is None:
            _refuse(f"Node {node.id!r} has an id that is used before in {self._whole}", file.name, node.line)
        return ordinal, node.labels, node.properties

    def _relationship(self, entry: str, edge: ParsedEdge) -> RelationshipRow:
        start, end = (self._ordinals.find(node_id) for node_id in (edge.source, edge.target))
        if start is None or end is None:
            missing = edge.source if start is None else edge.target
            edge_id = "" if edge.id is None else f" {edge.id!r}"
            what = f"Edge{edge_id} from {edge.source!r} to {edge.target!r}"
            _refuse(f"{what} ends at {missing!r}, which is no node of {self._whole}", entry, edge.line)
        self._relationships += 1
        return self._relationships - 1, start, end, edge.type, edge.properties


def read_together(
    name: str, files: Sequence[ForeignFile], *, limits: ArchiveLimits, defaults: ForeignDefaults
) -> GraphMLApplication:
    """Return the application that all files make together."""
    told = _Told()
    return GraphMLApplication(name, _read_all(files, told, limits, defaults), told, whole="the archive")


def read_apart(
    graphs: NamedGraphs, *, limits: ArchiveLimits, defaults: ForeignDefaults
) -> Iterator[GraphMLApplication]:
    """Give an application for each graph of a document; each is to be read before the next is asked for."""
    document = _GraphByGraph(graphs.file, ForeignDocument(graphs.file.name, limits, defaults, marks_graphs=True))
    *names, last = graphs.names
    whole = "its graph (`one_application` reads all graphs of a document as one)"
    for name in names:
        told = _Told()
        yield GraphMLApplication(name, document.read_next(told), told, whole=whole)
    told = _Told()
    yield GraphMLApplication(last, document.read_last(told), told, whole=whole)


class _GraphByGraph:
    """A document of several graphs, read once."""

    def __init__(self, file: ForeignFile, document: ForeignDocument) -> None:
        self._file = file
        self._document = document
        self._batches = _read_elements(file, document)
        self._rest: _Elements = []

    def read_next(self, told: _Told) -> Iterator[_Batch]:
        """Give the elements up to the end of a graph."""
        while elements := self._rest or next(self._batches, []):
            end = next((at for at, each in enumerate(elements) if isinstance(each, GraphEnd)), None)
            self._rest = [] if end is None else elements[end + 1 :]
            yield self._file, elements[:end]
            if end is not None:
                break
        told.dialects.add(self._document.dialect)

    def read_last(self, told: _Told) -> Iterator[_Batch]:
        """Give the elements of the last graph, and read the document to its end, for its warnings."""
        yield from self.read_next(told)
        for _ in self._batches:
            pass
        told.warnings.add_all(self._document.warnings)


def _read_all(
    files: Sequence[ForeignFile], told: _Told, limits: ArchiveLimits, defaults: ForeignDefaults
) -> Iterator[_Batch]:
    for file in files:
        document = ForeignDocument(file.name, limits, defaults)
        for elements in _read_elements(file, document):
            yield file, elements
        told.warnings.add_all(document.warnings)
        told.dialects.add(document.dialect)


def _read_elements(file: ForeignFile, document: ForeignDocument) -> Iterator[_Elements]:
    for piece in to_utf8(file.read(), file.name):
        document.feed(piece)
        yield from _take_batches(document)
    document.close()
    yield from _take_batches(document)


def _take_batches(document: ForeignDocument) -> Iterator[_Elements]:
    while document.elements:
        yield document.elements[:BATCH_ROWS]
        del document.elements[:BATCH_ROWS]


def _refuse(problem: str, entry: str, line: int) -> NoReturn:
    raise InvalidArchiveError(f"{problem}.", entry=entry, line=line)
