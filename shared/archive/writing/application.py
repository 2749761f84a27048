"""Writes one application's GraphML entry while the graph streams in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import IO

from shared.archive.canonical.tally import own_schema
from shared.archive.graphml.keys import DOCUMENT_END, OWN_KEYS, Sort, document_start
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import ApplicationManifest, graph_entry, references_entry
from shared.archive.volume import full_volume_named
from shared.archive.writing.description import add_references, describe
from shared.archive.writing.element_lines import ElementLines
from shared.archive.writing.references_entry import FarNodes, ReferencesWriter
from shared.archive.zip.entry_reader import hash_entry
from shared.archive.zip.entry_writer import append_entry
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.segments import SegmentSpool, StreamTotals, deflate_segment, open_spool
from shared.catalogue import CatalogueEntry
from shared.graph import NodeRow, RelationshipRow, SchemaEntry
from shared.references import ExternalReference


class ApplicationWriter:
    """One application of an archive: nodes first, then relationships, then `finish`."""

    def __init__(
        self,
        *,
        path: Path,
        file: IO[bytes],
        number: int,
        application: CatalogueEntry,
        schema: Sequence[SchemaEntry],
        limits: ArchiveLimits,
        bytes_before: int,
        is_secured: Callable[[str], bool],
        tells_all: bool,
    ) -> None:
        """`bytes_before` are those of the entries that the archive has already."""
        self._path = path
        self._file = file
        self._number = number
        self._entry_name = graph_entry(number)
        self._application = application
        self._schema = schema
        self._limits = limits
        self._bytes_before = bytes_before
        self._is_secured = is_secured
        self._tells_all = tells_all
        self._others = 0
        self._elements = ElementLines(application.name, limits, is_secured)
        self._lines = self._elements.written
        self._resources = ExitStack()
        self._resources.callback(self._lines.digest.close)
        self._spool = SegmentSpool(self._resources.enter_context(open_spool(path)))
        self._references = ReferencesWriter(path, limits, is_secured)
        self._resources.callback(self._references.close)
        self._storing: asyncio.Task[None] | None = None
        self._finished: tuple[tuple[EntryRecord, ...], ApplicationManifest] | None = None

    async def write_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Append nodes, by ascending database id.

        Raises: SourceChangedError for a node seen before, UnsupportedValueError, DiskFullError, TooLargeError.
        """
        await self._write(self._elements.write(Sort.NODE, rows))

    async def write_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Append relationships between nodes written before.

        Raises: SourceChangedError for an end that is not among them, and as write_nodes.
        """
        await self._write(self._elements.write(Sort.EDGE, rows))

    async def _write(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            self._spool.append(part)
            await self._advance()

    async def write_shared_nodes(self, ids: Sequence[int]) -> None:
        """Mark nodes written before as shared with other applications. Raises: SourceChangedError, DiskFullError."""
        self._references.add_shared(self._lines.ordinals_of(ids))
        await asyncio.sleep(0)

    async def write_references(self, references: Sequence[ExternalReference]) -> None:
        """Append what leaves the application from nodes written before, after the shared nodes.

        Raises: SourceChangedError, UnsupportedValueError, DiskFullError.
        """
        ordinals = self._lines.ordinals_of([each.node for each in references])
        numbered = [replace(each, node=at) for each, at in zip(references, ordinals, strict=True)]
        with full_volume_named(self._path, self._file.tell()):
            self._references.add_references(numbered)
        await asyncio.sleep(0)

    def note_others(self, count: int) -> None:
        """Note how many more relationships lead to applications of which nothing may be told."""
        self._others = count

    async def _advance(self) -> None:
        while self._spool.is_full:
            await self._store(self._spool.take())
        await asyncio.sleep(0)

    async def _store(self, content: bytes) -> None:
        """Deflate in a thread while the next segment is rendered; one at a time, in order."""
        await self._stored()
        self._limits.require_inflating(self._bytes_before + self._spool.totals.bytes)
        self._limits.require_fitting(self._file.tell() + self._spool.totals.deflated_bytes)
        self._storing = asyncio.create_task(asyncio.to_thread(self._spool.store, content))

    async def _stored(self) -> None:
        if self._storing is not None:
            with full_volume_named(self._path, self._file.tell() + self._spool.totals.deflated_bytes):
                await asyncio.shield(self._storing)
            self._storing = None

    async def finish(self, entry: CatalogueEntry | None = None) -> ApplicationManifest:
        """Complete the document, read it back; an entry that came with the content takes the first one's place.

        Raises: DiskFullError; InvalidArchiveError when the disk lies.
        """
        self._elements.settle()
        self._spool.append(DOCUMENT_END.encode())
        while content := self._spool.take():
            await self._store(content)
        await self._stored()
        with full_volume_named(self._path, self._file.tell()):
            record = await asyncio.to_thread(self._assemble)
        sha256 = await asyncio.to_thread(hash_entry, self._path, record)
        manifest = describe(
            entry or self._application,
            schema=self._told_schema(),
            record=record,
            sha256=sha256,
            digest=self._lines.digest.hexdigest(),
            tally=self._lines.tally,
            is_secured=self._is_secured,
            others=self._others,
        )
        self._finished = (record,), manifest
        return manifest

    async def finish_references(self, far_nodes: FarNodes) -> None:
        """Write the entry of references, once the documents of all applications are finished. Raises: as finish."""
        records, manifest = self._require_finished()
        name = references_entry(self._number)
        with full_volume_named(self._path, self._file.tell()):
            references = await asyncio.to_thread(self._references.assemble, self._file, name, far_nodes)
        if references.record is not None:
            self._finished = (*records, references.record), add_references(manifest, references)

    def _told_schema(self) -> Sequence[SchemaEntry]:
        return self._schema if self._tells_all else own_schema(self._schema, self._application.label, self._lines.tally)

    @property
    def database(self) -> str:
        """Where the application was read: ids of nodes are those of this database."""
        return self._application.database

    def find_node(self, node_id: int) -> tuple[str, int] | None:
        """Find a node that was written by its database id: the entry, and the ordinal in it."""
        ordinal = self._lines.ordinals.get(node_id)
        return None if ordinal is None else (self._entry_name, ordinal)

    @property
    def records(self) -> tuple[EntryRecord, ...]:
        """Where the finished entries stand."""
        return self._require_finished()[0]

    @property
    def manifest(self) -> ApplicationManifest:
        """What the finished entries hold."""
        return self._require_finished()[1]

    def _require_finished(self) -> tuple[tuple[EntryRecord, ...], ApplicationManifest]:
        if self._finished is None:
            raise RuntimeError(f"{self._entry_name} is not finished: call finish() first")
        return self._finished

    def _assemble(self) -> EntryRecord:
        keys = self._lines.tally.keys
        self._limits.require_keys(len(keys) + OWN_KEYS)
        start = deflate_segment(document_start(keys).encode())
        totals = StreamTotals().followed_by(start).followed_by(self._spool.totals)
        return append_entry(self._file, self._entry_name, totals, chain([start.data], self._spool.read_all()))

    async def close(self) -> None:
        """Drop the spool; a segment under way is waited for, because a thread cannot be stopped."""
        if self._storing is not None:
            await asyncio.wait([self._storing])
            self._storing.exception()
        self._resources.close()
