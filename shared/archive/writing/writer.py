"""Writes an archive: entries one after another, the manifest last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Self

from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.file_sink import FileSink
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.manifest import MANIFEST_ENTRY, ApplicationManifest, Manifest, SourceManifest
from shared.archive.writing.application import ApplicationWriter
from shared.archive.zip.entries_check import EntriesCheck
from shared.archive.zip.records import EntryRecord, directory_bytes
from shared.archive.zip.segments import StreamTotals
from shared.archive.zip.streamed_entry import StreamedEntry
from shared.archive.zip.structure import read_records
from shared.catalogue import CatalogueEntry
from shared.concurrency.stoppable import in_thread
from shared.errors import TooLargeError, VerificationError
from shared.graph import SchemaEntry
from shared.ports.archive_sinks import ArchiveSink
from shared.ports.contents import Readable


class ArchiveWriter:
    """An archive that is being written; one application at a time."""

    def __init__(self, sink: ArchiveSink, limits: ArchiveLimits, stack: AsyncExitStack) -> None:
        self._sink = sink
        self._spool = sink.open_spool()
        self._limits = limits
        self._stack = stack
        self._applications: list[ApplicationWriter] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, limits: ArchiveLimits | None = None) -> AsyncIterator[Self]:
        """Create or empty the file; what was not finished stays a torn file for its owner to remove."""
        async with FileSink.open(path) as sink, cls.write_to(sink, limits) as writer:
            yield writer

    @classmethod
    @asynccontextmanager
    async def write_to(cls, sink: ArchiveSink, limits: ArchiveLimits | None = None) -> AsyncIterator[Self]:
        """Write to an empty sink, which whoever opened it closes."""
        async with AsyncExitStack() as stack:
            yield cls(sink, limits or ArchiveLimits(), stack)

    async def begin(
        self,
        entry: CatalogueEntry,
        schema: Sequence[SchemaEntry],
        stripper: Callable[[str], bool] = nothing_is_secured,
        *,
        tells_all: bool = True,
    ) -> ApplicationWriter:
        """Begin the next application; `stripper` tells the property keys to leave out (secured_by makes one).

        Raises: TooLargeError.
        """
        self._limits.require_applications(len(self._applications) + 1)
        application = ApplicationWriter(
            sink=self._sink,
            spool=self._spool,
            number=len(self._applications) + 1,
            application=entry,
            schema=schema,
            limits=self._limits,
            bytes_before=sum(each.bytes for each in self._records()),
            is_secured=stripper,
            tells_all=tells_all,
        )
        self._stack.push_async_callback(application.close)
        self._applications.append(application)
        return application

    async def finish(self, source_engine: str, database: str) -> Manifest:
        """Read all entries back, then write the manifest with the directory, and complete the sink.

        Raises: DiskFullError, TooLargeError, UnavailableError; VerificationError when something else comes back than
        was written.
        """
        for application in self._applications:
            await application.finish_references(partial(self._find_far_node, application))
        hashes = await self._read_back()
        manifests = [application.describe(hashes) for application in self._applications]
        manifest = Manifest(
            source=SourceManifest(database=database, engine=source_engine),
            secured_properties=_summed(manifests),
            applications=tuple(manifests),
        )
        await self._complete(manifest)
        return manifest

    async def _read_back(self) -> Mapping[str, str]:
        """Return the SHA-256 of each entry's content, as it is kept."""
        check = EntriesCheck(self._records(), self._sink.place)
        async with aclosing(self._sink.read_back()) as pieces:
            async for piece in pieces:
                await in_thread(partial(check.feed, piece))
        return check.finish()

    def _find_far_node(self, near: ApplicationWriter, node_id: int) -> tuple[str, int] | None:
        """Find a node in the documents of the other applications that come from the same database."""
        others = (each for each in self._applications if each is not near and each.database == near.database)
        return next((found for each in others if (found := each.find_node(node_id)) is not None), None)

    async def _complete(self, manifest: Manifest) -> None:
        records = [await self._write_manifest(manifest), *self._records()]
        self._limits.require_inflating(sum(each.bytes for each in records))
        await self._sink.write(directory_bytes(records, self._sink.size))
        self._limits.require_fitting(self._sink.size)
        await self._sink.finish(partial(self._require_directory, records))

    def _require_directory(self, records: Sequence[EntryRecord], written: Readable) -> None:
        if read_records(written, self._limits) != tuple(records):
            raise VerificationError(f"{self._sink.place} read back differs from what was written; check the disk.")

    def _records(self) -> Sequence[EntryRecord]:
        return [record for each in self._applications for record in each.records]

    async def _write_manifest(self, manifest: Manifest) -> EntryRecord:
        content = await asyncio.to_thread(manifest.to_bytes)
        if len(content) > self._limits.manifest_bytes:
            raise TooLargeError(
                f"The manifest takes {len(content)} bytes; at most {self._limits.manifest_bytes} are allowed "
                f"({Setting.MANIFEST_BYTES}). Export less at once."
            )
        entry = StreamedEntry(self._sink, MANIFEST_ENTRY, _take_all)
        try:
            return await entry.finish(content)
        finally:
            await entry.close()


def _take_all(totals: StreamTotals) -> None:
    """Leave it to the whole archive what is too much."""


def _summed(manifests: Sequence[ApplicationManifest]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for manifest in manifests:
        total.update(manifest.secured_properties)
    return dict(total)
