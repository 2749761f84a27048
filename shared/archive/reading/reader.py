"""Reads an inspected archive, batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeAlias, TypeVar

from shared.archive.limits import MIB, ArchiveLimits
from shared.archive.manifest import MANIFEST_ENTRY, ApplicationManifest, Manifest, parse_manifest
from shared.archive.reading.ahead import ahead
from shared.archive.reading.document import LineDocument, StrictDocument
from shared.archive.reading.feed import LineFeed
from shared.archive.reading.packed_sink import PackedSink
from shared.archive.reading.plain_wire import PLAIN_WIRE
from shared.archive.reading.references_entry import count_nodes, read_lines
from shared.archive.reading.sinks import RowSink
from shared.archive.zip.entry_reader import read_pieces
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.structure import read_records
from shared.errors import InvalidArchiveError
from shared.graph import NodeRow, RelationshipRow
from shared.native import is_compiled
from shared.packing.elements import Wire
from shared.packing.ordinals import OrdinalSet
from shared.references import ExternalReference

BATCH_BYTES: Final = 8 * MIB
"""Text of a document that makes a batch, however few rows it gave: values may be long."""

_Row = TypeVar("_Row")
_Piece: TypeAlias = tuple[int, Sequence[_Row]]
"""What bytes of a document gave: their number, and rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A document on its way through."""

    sink: RowSink | PackedSink
    documents: Generator[tuple[int, StrictDocument], None, None]
    """The document after each piece of it, with the bytes of the piece."""


class ArchiveReader:
    """An opened archive."""

    def __init__(self, path: Path, records: dict[str, EntryRecord], manifest: Manifest, limits: ArchiveLimits) -> None:
        self.manifest = manifest
        self._path = path
        self._records = records
        self._limits = limits
        self._nodes_of = count_nodes(manifest)
        self._paused: dict[tuple[str, Wire], _Reading] = {}
        """Documents read up to their first relationships, by entry, and how they are packed."""

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, limits: ArchiveLimits | None = None) -> AsyncIterator[Self]:
        """Open a file. Raises: InvalidArchiveError."""
        reader = await asyncio.to_thread(cls._load, path, limits or ArchiveLimits())
        try:
            yield reader
        finally:
            reader.close()

    @classmethod
    def _load(cls, path: Path, limits: ArchiveLimits) -> Self:
        records = {record.name: record for record in read_records(path, limits)}
        manifest = parse_manifest(b"".join(read_pieces(path, records[MANIFEST_ENTRY])))
        return cls(path, records, manifest, limits)

    def close(self) -> None:
        """Let the file go."""
        for reading in self._paused.values():
            reading.documents.close()

    def read_nodes(
        self, application: ApplicationManifest, *, batch_size: int, first_ordinal: int = 0, wire: Wire = PLAIN_WIRE
    ) -> AsyncIterator[Sequence[NodeRow]]:
        """Stream nodes by ordinal, which is their id; all batches but the last have batch_size rows, or many bytes.

        Where there is a codec they are PackedElements, for the wire.
        Raises: InvalidArchiveError.
        """
        return ahead(lambda: _batches(self._node_rows(application, wire), batch_size, first_ordinal))

    def read_relationships(
        self, application: ApplicationManifest, *, batch_size: int, first_ordinal: int = 0, wire: Wire = PLAIN_WIRE
    ) -> AsyncIterator[Sequence[RelationshipRow]]:
        """Stream relationships by ordinal, which is their id; their ends are ordinals of nodes.

        Where there is a codec they are PackedElements, for the wire.
        Raises: InvalidArchiveError.
        """
        return ahead(lambda: _batches(self._relationship_rows(application, wire), batch_size, first_ordinal))

    async def read_shared_nodes(self, application: ApplicationManifest) -> OrdinalSet:
        """Return the ordinals of the nodes that other applications of the source carried too.

        Raises: InvalidArchiveError.
        """
        shared = OrdinalSet(application.nodes)
        if application.shared_nodes:
            async for some in ahead(lambda: self._shared_lines(application)):
                shared.update(some)
        return shared

    def read_references(
        self, application: ApplicationManifest, *, batch_size: int
    ) -> AsyncGenerator[Sequence[ExternalReference], None]:
        """Stream the external references, their nodes as ordinals. Raises: InvalidArchiveError."""
        return ahead(lambda: _batches(self._reference_lines(application), batch_size, 0))

    def _shared_lines(self, application: ApplicationManifest) -> Iterator[list[int]]:
        return (each for each in self._lines(application) if isinstance(each, list))

    def _reference_lines(self, application: ApplicationManifest) -> Iterator[_Piece[ExternalReference]]:
        return ((0, [each]) for each in self._lines(application) if not isinstance(each, list))

    def _lines(self, application: ApplicationManifest) -> Iterator[ExternalReference | list[int]]:
        references = application.references
        if references is None:
            return iter(())
        pieces = read_pieces(self._path, self._records[references.entry])
        return read_lines(pieces, references.entry, application, nodes_of=self._nodes_of, limits=self._limits)

    def _node_rows(self, application: ApplicationManifest, wire: Wire) -> Iterator[_Piece[NodeRow]]:
        reading = self._begin(application, wire)
        for size, document in reading.documents:
            rows = reading.sink.pop_nodes()
            if document.relationship_count:
                self._pause((application.entry, wire), reading)
            yield size, rows
            if document.relationship_count:
                return

    def _relationship_rows(self, application: ApplicationManifest, wire: Wire) -> Iterator[_Piece[RelationshipRow]]:
        paused = self._paused.pop((application.entry, wire), None)
        reading = paused or self._begin(application, wire, nodes_wanted=False)
        yield 0, reading.sink.pop_relationships()
        for size, _ in reading.documents:
            yield size, reading.sink.pop_relationships()

    def _begin(self, application: ApplicationManifest, wire: Wire, *, nodes_wanted: bool = True) -> _Reading:
        entry, limits = application.entry, self._limits
        if is_compiled():
            packing = PackedSink(limits, wire, nodes_wanted=nodes_wanted)
            lines = LineDocument(entry, limits, packing)
            return _Reading(sink=packing, documents=self._documents(entry, lines, LineFeed(lines)))
        sink = RowSink(nodes_wanted=nodes_wanted)
        document = StrictDocument(entry, limits, sink)
        return _Reading(sink=sink, documents=self._documents(entry, document, document))

    def _pause(self, entry: tuple[str, Wire], reading: _Reading) -> None:
        """Keep a reading for the relationships, which then need not pass the nodes again."""
        if (former := self._paused.pop(entry, None)) is not None:
            former.documents.close()
        self._paused[entry] = reading

    def _documents(
        self, entry: str, document: StrictDocument, feed: StrictDocument | LineFeed
    ) -> Generator[tuple[int, StrictDocument], None, None]:
        record = self._records.get(entry)
        if record is None:
            raise InvalidArchiveError("The manifest names an entry that is missing.", entry=entry)
        for piece in read_pieces(self._path, record):
            feed.feed(piece)
            yield len(piece), document
        feed.close()
        yield 0, document


def _batches(pieces: Iterator[_Piece[_Row]], batch_size: int, first_ordinal: int) -> Iterator[Sequence[_Row]]:
    """Cut what pieces of the file give into batches, leaving out what stands before first_ordinal."""
    pending: Any = ()
    to_skip, size = first_ordinal, 0
    for more, rows in pieces:
        size += more
        kept = rows[to_skip:]
        to_skip -= len(rows) - len(kept)
        pending = pending + kept if pending else kept
        is_full = size >= BATCH_BYTES and bool(pending)
        cut = len(pending) if is_full else len(pending) - len(pending) % batch_size
        size = 0 if cut else size
        for start in range(0, cut, batch_size):
            yield pending[start : start + batch_size]
        pending = pending[cut:]
    if pending:
        yield pending
