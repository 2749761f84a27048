"""Writes an archive: entries one after another, the manifest last."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import IO, Self

from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.manifest import MANIFEST_ENTRY, ApplicationManifest, Manifest, SourceManifest
from shared.archive.volume import full_volume_named
from shared.archive.writing.application import ApplicationWriter
from shared.archive.zip.entry_writer import append_entry
from shared.archive.zip.records import EntryRecord, directory_bytes
from shared.archive.zip.segments import StreamTotals, deflate_segment
from shared.archive.zip.structure import read_records
from shared.catalogue import CatalogueEntry
from shared.errors import TooLargeError, VerificationError
from shared.graph import SchemaEntry


class ArchiveWriter:
    """An archive that is being written; one application at a time."""

    def __init__(self, path: Path, file: IO[bytes], limits: ArchiveLimits, stack: AsyncExitStack) -> None:
        self._path = path
        self._file = file
        self._limits = limits
        self._stack = stack
        self._applications: list[ApplicationWriter] = []

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, limits: ArchiveLimits | None = None) -> AsyncIterator[Self]:
        """Create or empty the file; what was not finished stays a torn file for its owner to remove."""
        async with AsyncExitStack() as stack:
            file = stack.enter_context(await asyncio.to_thread(path.open, "w+b"))
            yield cls(path, file, limits or ArchiveLimits(), stack)

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
            path=self._path,
            file=self._file,
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
        """Write the manifest with the directory, force all to the disk, read the directory back.

        Raises: DiskFullError, TooLargeError, VerificationError when the disk gives back something else.
        """
        for application in self._applications:
            await application.finish_references(partial(self._find_far_node, application))
        manifests = [application.manifest for application in self._applications]
        manifest = Manifest(
            source=SourceManifest(database=database, engine=source_engine),
            secured_properties=_summed(manifests),
            applications=tuple(manifests),
        )
        await asyncio.to_thread(self._complete, manifest)
        return manifest

    def _find_far_node(self, near: ApplicationWriter, node_id: int) -> tuple[str, int] | None:
        """Find a node in the documents of the other applications that come from the same database."""
        others = (each for each in self._applications if each is not near and each.database == near.database)
        return next((found for each in others if (found := each.find_node(node_id)) is not None), None)

    def _complete(self, manifest: Manifest) -> None:
        with full_volume_named(self._path, self._file.tell()):
            records = [self._write_manifest(manifest), *self._records()]
            self._limits.require_inflating(sum(each.bytes for each in records))
            self._file.write(directory_bytes(records, self._file.tell()))
            self._limits.require_fitting(self._file.tell())
            self._file.flush()
            os.fsync(self._file.fileno())
        if read_records(self._path, self._limits) != tuple(records):
            raise VerificationError(
                f"{self._path.resolve().name} read back differs from what was written; check the disk."
            )

    def _records(self) -> Sequence[EntryRecord]:
        return [record for each in self._applications for record in each.records]

    def _write_manifest(self, manifest: Manifest) -> EntryRecord:
        content = manifest.to_bytes()
        if len(content) > self._limits.manifest_bytes:
            raise TooLargeError(
                f"The manifest takes {len(content)} bytes; at most {self._limits.manifest_bytes} are allowed "
                f"({Setting.MANIFEST_BYTES}). Export less at once."
            )
        segment = deflate_segment(content)
        return append_entry(self._file, MANIFEST_ENTRY, StreamTotals().followed_by(segment), [segment.data])


def _summed(manifests: Sequence[ApplicationManifest]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for manifest in manifests:
        total.update(manifest.secured_properties)
    return dict(total)
