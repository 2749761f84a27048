"""Translates a foreign archive into one of ours, so that everything after it knows a single format."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from pathlib import Path

from shared.archive.foreign.application import ForeignApplication
from shared.archive.foreign.csv_folder import CsvFolder
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.files import files_of_zip
from shared.archive.foreign.graphml_files import GraphMLFiles
from shared.archive.foreign.lone_document import open_lone
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.ahead import ahead
from shared.archive.writing.writer import ArchiveWriter
from shared.archive.zip.archive_kind import ArchiveKind, csv_table
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.structure import ZipStructure
from shared.archive_names import stem_of
from shared.catalogue import CatalogueEntry, require_application_name, service_id_of, version_id_of
from shared.errors import InvalidArchiveError, InvalidRequestError, UnsupportedValueError


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What there is to say of an archive that was translated."""

    warnings: Sequence[str]
    dialects: Sequence[Sequence[str]]
    """For each application: whose GraphML its documents are; empty for CSV."""


class ForeignArchive:
    """GraphML files, or a ZIP of CSV tables, whose structure is sound."""

    def __init__(
        self,
        path: Path,
        structure: ZipStructure | None,
        *,
        name: str,
        limits: ArchiveLimits,
        defaults: ForeignDefaults,
    ) -> None:
        """Without a structure the file is one document. The name is the file's. Raises: InvalidArchiveError."""
        self.kind = ArchiveKind.GRAPHML if structure is None else structure.kind
        self._path = path
        self._structure = structure
        self._files = [open_lone(path, name, limits)] if structure is None else files_of_zip(path, structure)
        self._name = stem_of(name)
        self._limits = limits
        self._defaults = defaults

    def read_names(self) -> Sequence[str]:
        """Return the applications' names: in GraphML nothing gives one but the file's own name.

        Raises: InvalidArchiveError.
        """
        names = []
        for application in self._applications():
            with closing(application):
                names.append(application.name)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidArchiveError(f"Two folders hold an application named {twice[0]!r}.")
        return names

    async def translate(self, target: Path) -> Translation:
        """Write an archive of ours. Raises: InvalidArchiveError, DiskFullError."""
        await asyncio.to_thread(self.read_names)
        warnings, dialects = list(self._structure.warnings if self._structure else ()), []
        async with ArchiveWriter.open(target, self._limits) as writer:
            for application in self._applications():
                with closing(application):
                    await _write(application, writer)
                warnings += [f"{what}: {count}." for what, count in sorted(application.warnings.items())]
                dialects.append(sorted(application.dialects) if isinstance(application, GraphMLFiles) else [])
            await writer.finish("", self.kind)
        return Translation(warnings=warnings, dialects=dialects)

    def _applications(self) -> Iterator[ForeignApplication]:
        """Open one application after the other."""
        if self._structure is None or self.kind is ArchiveKind.GRAPHML:
            yield GraphMLFiles(self._name, self._files, limits=self._limits, defaults=self._defaults)
            return
        folders: dict[str, dict[str, EntryRecord]] = {}
        for record in self._structure.records:
            folder, _, file_name = record.name.rpartition("/")
            folders.setdefault(folder, {})[csv_table(file_name) or file_name] = record
        for folder, tables in folders.items():
            yield CsvFolder(folder, self._path, tables, limits=self._limits)


async def _write(application: ForeignApplication, writer: ArchiveWriter) -> None:
    entry = _catalogue_entry(application)
    try:
        written = await writer.begin(entry, ())
        async with aclosing(ahead(application.read_nodes)) as node_batches:
            async for nodes in node_batches:
                await written.write_nodes(nodes)
        async with aclosing(ahead(application.read_relationships)) as relationship_batches:
            async for relationships in relationship_batches:
                await written.write_relationships(relationships)
        await written.finish()
    except UnsupportedValueError as error:
        raise InvalidArchiveError(error.message, entry=application.folder or None) from error


def _catalogue_entry(application: ForeignApplication) -> CatalogueEntry:
    folder = application.folder
    try:
        name = require_application_name(application.name)
    except InvalidRequestError as error:
        raise InvalidArchiveError(error.message, entry=folder or None) from error
    return CatalogueEntry(
        database=folder,
        name=name,
        label=name,
        service_id=service_id_of(folder, name),
        version_id=version_id_of(folder, name, None),
    )
