"""Translates a foreign archive into one of ours, so that everything after it knows a single format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from shared.archive.foreign.application import ForeignApplication
from shared.archive.foreign.csv_folder import CsvFolder
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.entry_node import EntryNode
from shared.archive.foreign.files import TooLongError, files_of_zip, read_at_most
from shared.archive.foreign.graph_names import GraphPlan, plan_graphs
from shared.archive.foreign.graphml_files import GraphMLApplication, read_apart, read_together
from shared.archive.foreign.lone_document import open_lone
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.ahead import ahead
from shared.archive.renaming import NOTHING_RENAMED, rename
from shared.archive.writing.writer import ArchiveWriter
from shared.archive.zip.archive_kind import ArchiveKind, csv_table
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.structure import ZipStructure
from shared.archive_names import stem_of
from shared.catalogue import CatalogueEntry, require_application_name, service_id_of, version_id_of
from shared.concurrency.stoppable import in_thread
from shared.errors import InvalidArchiveError, InvalidRequestError, UnsupportedValueError
from shared.ports.contents import Readable

SEARCHED_BYTES: Final = 16 * 1024**2
"""Of GraphML, inflated, while a caller waits for the names in it."""


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
        path: Readable,
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
        """Return the applications' names: those of tables, of graphs that stand beside one another, or the file's own.

        Raises: InvalidArchiveError.
        """
        if self.kind is ArchiveKind.GRAPHML:
            return self._plan.names(self._name)
        names = []
        for application in self._applications():
            with closing(application):
                names.append(application.name)
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidArchiveError(f"Two folders hold an application named {twice[0]!r}.")
        return names

    def find_names(self) -> Sequence[str] | None:
        """Return what read_names does, unless more is to be searched than a caller waits for.

        Raises: InvalidArchiveError.
        """
        if self.kind is not ArchiveKind.GRAPHML or self._defaults.one_application:
            return self.read_names()
        try:
            plan = plan_graphs(read_at_most(self._files, SEARCHED_BYTES), self._name, self._limits)
        except TooLongError:
            return None
        return plan.names(self._name)

    async def translate(self, target: Path, rename_labels: Mapping[str, str] = NOTHING_RENAMED) -> Translation:
        """Write an archive of ours, with some labels renamed. Raises: InvalidArchiveError, DiskFullError."""
        await in_thread(self.read_names)
        warnings, dialects = list(self._structure.warnings if self._structure else ()), []
        async with ArchiveWriter.open(target, self._limits) as writer:
            for application in self._applications():
                with closing(application):
                    await _write(application, writer, rename_labels)
                warnings += application.warnings.lines()
                dialects.append(sorted(application.dialects) if isinstance(application, GraphMLApplication) else [])
            await writer.finish("", self.kind)
        if self.kind is ArchiveKind.GRAPHML and self._plan.unnamed:
            warnings.append(
                f"graphs named by their file, as their ids are none, repeated or no names: {self._plan.unnamed}."
            )
        return Translation(warnings=warnings, dialects=dialects)

    def _applications(self) -> Iterator[ForeignApplication]:
        """Open one application after the other."""
        if self._structure is None or self.kind is ArchiveKind.GRAPHML:
            yield from self._graphml()
            return
        folders: dict[str, dict[str, EntryRecord]] = {}
        for record in self._structure.records:
            folder, _, file_name = record.name.rpartition("/")
            folders.setdefault(folder, {})[csv_table(file_name) or file_name] = record
        for folder, tables in folders.items():
            yield CsvFolder(folder, self._path, tables, limits=self._limits)

    def _graphml(self) -> Iterator[GraphMLApplication]:
        plan, limits, defaults = self._plan, self._limits, self._defaults
        if plan.together:
            yield read_together(self._name, plan.together, limits=limits, defaults=defaults)
        for graphs in plan.apart:
            yield from read_apart(graphs, limits=limits, defaults=defaults)

    @cached_property
    def _plan(self) -> GraphPlan:
        if self._defaults.one_application:
            return GraphPlan(together=self._files)
        return plan_graphs(self._files, self._name, self._limits)


async def _write(application: ForeignApplication, writer: ArchiveWriter, rename_labels: Mapping[str, str]) -> None:
    entry = _catalogue_entry(application)
    node = EntryNode(entry.name, application.warnings)
    try:
        written = await writer.begin(entry, ())
        async with aclosing(ahead(application.read_nodes)) as node_batches:
            async for nodes in node_batches:
                await written.write_nodes(node.take_from(rename(nodes, rename_labels) if rename_labels else nodes))
        async with aclosing(ahead(application.read_relationships)) as relationship_batches:
            async for relationships in relationship_batches:
                await written.write_relationships(node.unlink(relationships))
        await written.finish(node.describe(entry))
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
