"""Writes an archive of ours anew, with other labels on its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.archive.writing.application import ApplicationWriter
from shared.archive.writing.writer import ArchiveWriter
from shared.catalogue import CatalogueEntry
from shared.graph import NodeRow
from shared.references import ExternalReference

NOTHING_RENAMED: Final[Mapping[str, str]] = MappingProxyType({})
_BATCH_ROWS: Final = 1000


def rename(rows: Sequence[NodeRow], labels: Mapping[str, str]) -> Sequence[NodeRow]:
    """Return nodes with other labels, each once."""
    return [(row[0], tuple(dict.fromkeys(labels.get(each, each) for each in row[1])), row[2]) for row in rows]


async def write_renamed(path: Path, target: Path, labels: Mapping[str, str], limits: ArchiveLimits) -> None:
    """Write the archive with other labels. Raises: InvalidArchiveError, DiskFullError, TooLargeError."""
    async with ArchiveReader.open(path, limits) as reader, ArchiveWriter.open(target, limits) as writer:
        applications = reader.manifest.applications
        # Ids that count through all documents, so that references find nodes of others.
        firsts = accumulate((each.nodes for each in applications), initial=0)
        firsts_of = {each.entry: first for each, first in zip(applications, firsts, strict=False)}
        for application in applications:
            written = await writer.begin(_entry_of(application), application.indexes_and_constraints)
            await _copy_graph(reader, application, written, labels, firsts_of[application.entry])
            await _copy_border(reader, application, written, firsts_of)
            written.note_others(application.others)
            await written.finish()
        source = reader.manifest.source
        await writer.finish(source.engine, source.database)


async def _copy_graph(
    reader: ArchiveReader,
    application: ApplicationManifest,
    written: ApplicationWriter,
    labels: Mapping[str, str],
    first: int,
) -> None:
    async for nodes in reader.read_nodes(application, batch_size=_BATCH_ROWS):
        await written.write_nodes([(row[0] + first, row[1], row[2]) for row in rename(nodes, labels)])
    async for rows in reader.read_relationships(application, batch_size=_BATCH_ROWS):
        await written.write_relationships([(row[0], row[1] + first, row[2] + first, *row[3:]) for row in rows])


async def _copy_border(
    reader: ArchiveReader, application: ApplicationManifest, written: ApplicationWriter, firsts_of: Mapping[str, int]
) -> None:
    first = firsts_of[application.entry]
    await written.write_shared_nodes([first + each for each in await reader.read_shared_nodes(application)])
    async with aclosing(reader.read_references(application, batch_size=_BATCH_ROWS)) as batches:
        async for references in batches:
            await written.write_references([_shifted(each, first, firsts_of) for each in references])


def _shifted(reference: ExternalReference, first: int, firsts_of: Mapping[str, int]) -> ExternalReference:
    far = None
    if reference.entry is not None and reference.far is not None:
        far = reference.far + firsts_of[reference.entry]
    return replace(reference, node=reference.node + first, far=far, entry=None)


def _entry_of(application: ApplicationManifest) -> CatalogueEntry:
    return CatalogueEntry(
        database=application.folder,
        name=application.name,
        label=application.label,
        version=application.version,
        kind=application.kind,
        service_id=application.service_id,
        version_id=application.version_id,
        properties=application.catalogue_properties,
        catalogued=application.catalogued,
    )
