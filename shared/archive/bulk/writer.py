"""Writes applications as CSV files for the server's own offline bulk importer, in one ZIP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from shared.archive.bulk.application import BulkApplication, BulkFacts
from shared.archive.bulk.ids import BulkIds
from shared.archive.bulk.packing import BulkPacking
from shared.archive.bulk.readme import (
    ARGUMENTS_ENTRY,
    README_ENTRY,
    BulkSource,
    arguments_of,
    arguments_text,
    readme_text,
)
from shared.archive.bulk.spool import BulkSpool
from shared.archive.bulk.tables import BulkTables
from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.limits import ArchiveLimits
from shared.archive.volume import full_volume_named
from shared.archive.zip.segments import open_spool
from shared.catalogue import CatalogueEntry
from shared.graph import SchemaEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkContents:
    """What an export holds."""

    applications: Sequence[BulkFacts]


class BulkCsvWriter:
    """An export that is being written; one application at a time."""

    def __init__(self, path: Path, file: IO[bytes], limits: ArchiveLimits, spool: BulkSpool) -> None:
        self._path = path
        self._file = file
        self._limits = limits
        self._spool = spool
        self._tables = BulkTables(spool)
        self._ids = BulkIds()
        self._applications: list[BulkApplication] = []
        self._storing: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, limits: ArchiveLimits | None = None) -> AsyncIterator[Self]:
        """Create or empty the file; what was not finished stays a torn file for its owner to remove."""
        async with AsyncExitStack() as stack:
            file = stack.enter_context(await asyncio.to_thread(path.open, "w+b"))
            spool = BulkSpool(stack.enter_context(open_spool(path)))
            writer = cls(path, file, limits or ArchiveLimits(), spool)
            stack.push_async_callback(writer.close)
            yield writer

    async def begin(
        self,
        entry: CatalogueEntry,
        schema: Sequence[SchemaEntry],
        stripper: Callable[[str], bool] = nothing_is_secured,
        *,
        tells_all: bool = True,
    ) -> BulkApplication:
        """Begin the next application; `stripper` tells the property keys to leave out (secured_by makes one)."""
        application = BulkApplication(
            folder=f"applications/{len(self._applications) + 1}",
            entry=entry,
            schema=schema,
            ids=self._ids,
            tables=self._tables,
            limits=self._limits,
            is_secured=stripper,
            tells_all=tells_all,
            store=self._store,
        )
        self._applications.append(application)
        return application

    async def _store(self) -> None:
        with full_volume_named(self._path, self._spool.deflated_bytes):
            await self._in_thread(self._tables.store_cuts)
        self._limits.require_fitting(self._spool.deflated_bytes)
        self._limits.require_inflating(self._spool.bytes)

    async def finish(self, source_engine: str, database: str) -> BulkContents:
        """Put the files together, force all to the disk, read them back.

        Raises: DiskFullError, TooLargeError, UnsupportedValueError; VerificationError when the disk gives back
        something else.
        """
        source = BulkSource(database=database, engine=source_engine)
        with full_volume_named(self._path, self._spool.deflated_bytes):
            await self._in_thread(lambda: self._complete(source))
        return BulkContents(applications=[application.facts for application in self._applications])

    async def _in_thread(self, work: Callable[[], None]) -> None:
        """Wait for work in a thread; when the waiting is cancelled, `close` waits for it."""
        self._storing = asyncio.create_task(asyncio.to_thread(work))
        await asyncio.shield(self._storing)

    def _complete(self, source: BulkSource) -> None:
        tables = self._tables.finish()
        arguments = arguments_of(tables, self._tables.array_delimiter)
        packing = BulkPacking(self._file, self._spool)
        packing.write_text(README_ENTRY, readme_text(source, self._applications, arguments))
        packing.write_text(ARGUMENTS_ENTRY, arguments_text(arguments))
        for table in tables:
            packing.write_table(table)
        packing.finish()
        self._limits.require_inflating(self._spool.bytes)
        self._limits.require_fitting(self._file.tell())
        packing.require_readable(self._path)

    async def close(self) -> None:
        """Wait for a thread under way, because it cannot be stopped; give the space of digests back."""
        if self._storing is not None:
            await asyncio.wait([self._storing])
            self._storing.exception()
        for application in self._applications:
            application.close()
