"""Writes one application's GraphML entry while the graph streams in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from shared.archive.canonical.tally import own_schema
from shared.archive.graphml.keys import DOCUMENT_END, OWN_KEYS, Sort, document_start
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import ApplicationManifest, graph_entry, references_entry
from shared.archive.writing.description import ApplicationFacts, add_references, describe
from shared.archive.writing.element_lines import ElementLines
from shared.archive.writing.references_entry import FarNodes, ReferencesWriter, WrittenReferences
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.segments import StreamTotals
from shared.archive.zip.streamed_entry import StreamedEntry
from shared.catalogue import CatalogueEntry
from shared.graph import NodeRow, RelationshipRow, SchemaEntry
from shared.ports.archive_sinks import ArchiveSink, Spool
from shared.references import ExternalReference


class ApplicationWriter:
    """One application of an archive: nodes first, then relationships, then `finish`."""

    def __init__(
        self,
        *,
        sink: ArchiveSink,
        spool: Spool,
        number: int,
        application: CatalogueEntry,
        schema: Sequence[SchemaEntry],
        limits: ArchiveLimits,
        bytes_before: int,
        is_secured: Callable[[str], bool],
        tells_all: bool,
    ) -> None:
        """`bytes_before` are those of the entries that the archive has already; `spool` is for references of all."""
        self._sink = sink
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
        self._resources = AsyncExitStack()
        self._resources.callback(self._lines.digest.close)
        self._document = StreamedEntry(sink, self._entry_name, self._require_fitting)
        self._resources.push_async_callback(self._document.close)
        self._references = ReferencesWriter(spool, limits, is_secured)
        self._record: EntryRecord | None = None
        self._written_references = WrittenReferences()

    async def write_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Append nodes, by ascending database id.

        Raises: SourceChangedError for a node seen before, UnsupportedValueError, DiskFullError, TooLargeError,
        UnavailableError.
        """
        await self._write(self._elements.write(Sort.NODE, rows))

    async def write_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Append relationships between nodes written before.

        Raises: SourceChangedError for an end that is not among them, and as write_nodes.
        """
        await self._write(self._elements.write(Sort.EDGE, rows))

    async def _write(self, parts: Iterable[bytes]) -> None:
        for part in parts:
            await self._document.append(part)
            await asyncio.sleep(0)

    def _require_fitting(self, document: StreamTotals) -> None:
        self._limits.require_inflating(self._bytes_before + document.bytes)
        self._limits.require_fitting(self._sink.size + document.deflated_bytes)

    async def write_shared_nodes(self, ids: Sequence[int]) -> None:
        """Mark nodes written before as shared with other applications. Raises: SourceChangedError, DiskFullError."""
        await self._references.add_shared(self._lines.ordinals_of(ids))

    async def write_references(self, references: Sequence[ExternalReference]) -> None:
        """Append what leaves the application from nodes written before, after the shared nodes.

        Raises: SourceChangedError, UnsupportedValueError, DiskFullError.
        """
        ordinals = self._lines.ordinals_of([each.node for each in references])
        numbered = [replace(each, node=at) for each, at in zip(references, ordinals, strict=True)]
        await self._references.add_references(numbered)

    def note_others(self, count: int) -> None:
        """Note how many more relationships lead to applications of which nothing may be told."""
        self._others = count

    async def finish(self, entry: CatalogueEntry | None = None) -> ApplicationFacts:
        """Complete the document; an entry that came with the content takes the first one's place.

        Raises: DiskFullError, TooLargeError, UnavailableError.
        """
        self._elements.settle()
        keys = self._lines.tally.keys
        self._limits.require_keys(len(keys) + OWN_KEYS)
        await self._document.append(DOCUMENT_END.encode())
        self._record = await self._document.finish(document_start(keys).encode())
        self._application = entry or self._application
        return ApplicationFacts(
            name=self._application.name,
            version=self._application.version,
            folder=self._application.database,
            service_id=self._application.service_id,
            version_id=self._application.version_id,
            nodes=self._lines.tally.nodes,
            relationships=self._lines.tally.relationships,
            digest=self._lines.digest.hexdigest(),
        )

    async def finish_references(self, far_nodes: FarNodes) -> None:
        """Write the entry of references, once the documents of all applications are finished. Raises: as finish."""
        self._require_finished()
        name = references_entry(self._number)
        self._written_references = await self._references.assemble(self._sink, name, far_nodes)

    def describe(self, hashes: Mapping[str, str]) -> ApplicationManifest:
        """Say what the finished entries hold, by their SHA-256."""
        record = self._require_finished()
        manifest = describe(
            self._application,
            schema=self._told_schema(),
            record=record,
            sha256=hashes[record.name],
            digest=self._lines.digest.hexdigest(),
            tally=self._lines.tally,
            is_secured=self._is_secured,
            others=self._others,
        )
        return add_references(manifest, self._written_references, hashes)

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
        references = self._written_references.record
        return (self._require_finished(), *(() if references is None else (references,)))

    def _require_finished(self) -> EntryRecord:
        if self._record is None:
            raise RuntimeError(f"{self._entry_name} is not finished: call finish() first")
        return self._record

    async def close(self) -> None:
        """Give up what is under way."""
        await self._resources.aclose()
