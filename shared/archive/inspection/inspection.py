"""Inspects an archive of ours: structure, manifest and every element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared.archive.file_hash import hash_file
from shared.archive.inspection.entry_inspector import EntryInspector
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import MANIFEST_ENTRY, ApplicationManifest, Manifest, parse_manifest
from shared.archive.names import check_storable_name
from shared.archive.reading.ahead import ahead
from shared.archive.reading.references_entry import ReferencesInspector, count_nodes
from shared.archive.zip.archive_kind import ArchiveKind
from shared.archive.zip.entry_reader import read_pieces
from shared.archive.zip.records import EntryRecord
from shared.archive.zip.structure import ZipStructure, read_own_structure
from shared.concurrency.stoppable import in_thread
from shared.errors import InvalidArchiveError
from shared.ports.contents import Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """An archive that is known to be good."""

    manifest: Manifest
    kind: ArchiveKind = ArchiveKind.OURS
    """The file's; the manifest of a foreign one is that of its translation."""
    sha256: str
    """Of the file."""
    size: int
    """Bytes of the file."""
    ordinal_digests: Mapping[str, str]
    """By entry: what OrdinalDigest gives for the application's rows."""
    warnings: Sequence[str] = ()
    dialects: Sequence[Sequence[str]] = ()
    """For each application of a foreign archive: whose GraphML its documents are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Structure:
    manifest: Manifest
    records: Mapping[str, EntryRecord]
    sha256: str
    size: int
    warnings: Sequence[str]


async def inspect(path: Path, limits: ArchiveLimits | None = None) -> Inspection:
    """Inspect structure, manifest and every element. Raises: InvalidArchiveError naming entry and line."""
    bounds = limits or ArchiveLimits()
    structure = await in_thread(partial(_read_structure, path, bounds))
    ordinal_digests, nodes_of = {}, count_nodes(structure.manifest)
    for application in structure.manifest.applications:
        record = structure.records[application.entry]
        async for digest in ahead(partial(_inspect_entry, path, record, application, bounds)):
            ordinal_digests[application.entry] = digest
        await _inspect_references(path, structure.records, application, nodes_of, bounds)
    return Inspection(
        manifest=structure.manifest,
        sha256=structure.sha256,
        size=structure.size,
        ordinal_digests=ordinal_digests,
        warnings=[*structure.warnings, *_warnings(structure.manifest)],
    )


def read_manifest(path: Readable, limits: ArchiveLimits) -> Manifest:
    """Check the ZIP's structure, and return the manifest. Raises: InvalidArchiveError."""
    return _parse_manifest(path, read_own_structure(path, limits), limits)


def _parse_manifest(path: Readable, structure: ZipStructure, limits: ArchiveLimits) -> Manifest:
    record = next(each for each in structure.records if each.name == MANIFEST_ENTRY)
    return parse_manifest(b"".join(read_pieces(path, record)), limits)


def _read_structure(path: Path, limits: ArchiveLimits) -> _Structure:
    structure = read_own_structure(path, limits)
    manifest, records = _parse_manifest(path, structure, limits), {each.name: each for each in structure.records}
    _check_entries(manifest, records)
    _check_names(manifest, limits)
    sha256, size = hash_file(path)
    return _Structure(manifest=manifest, records=records, sha256=sha256, size=size, warnings=structure.warnings)


def _check_entries(manifest: Manifest, records: Mapping[str, EntryRecord]) -> None:
    listed = [(each.entry, each.bytes) for each in manifest.applications]
    listed += [(each.references.entry, each.references.bytes) for each in manifest.applications if each.references]
    names = [name for name, _ in listed]
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise InvalidArchiveError("The manifest names the entry twice.", entry=twice[0])
    for name in sorted({*names, MANIFEST_ENTRY}.symmetric_difference(records)):
        raise InvalidArchiveError(
            "The manifest does not name this entry." if name in records else "The entry is missing.", entry=name
        )
    for name, declared in listed:
        if (size := records[name].bytes) != declared:
            raise InvalidArchiveError(f"The manifest says {declared} bytes; the entry has {size}.", entry=name)


def _check_names(manifest: Manifest, limits: ArchiveLimits) -> None:
    for application in manifest.applications:
        try:
            for name in application.catalogue_properties:
                check_storable_name("property key", name, limits)
        except ValueError as error:
            what = f"The catalogue entry of {application.name!r} has {error}."
            raise InvalidArchiveError(what, entry=MANIFEST_ENTRY) from error


def _inspect_entry(
    path: Path, record: EntryRecord, application: ApplicationManifest, limits: ArchiveLimits
) -> Generator[str, None, None]:
    """Inspect an entry piece by piece; the last thing yielded is the ordinal digest."""
    with closing(EntryInspector(application, limits)) as inspector:
        for piece in read_pieces(path, record):
            inspector.feed(piece)
            yield ""
        yield inspector.finish()


async def _inspect_references(
    path: Path,
    records: Mapping[str, EntryRecord],
    application: ApplicationManifest,
    nodes_of: Mapping[str, int],
    limits: ArchiveLimits,
) -> None:
    references = application.references
    if references is None:
        if application.external_references or application.shared_nodes:
            raise InvalidArchiveError("References are counted, but no entry lists them.", entry=MANIFEST_ENTRY)
        return
    inspector = ReferencesInspector(application, references, nodes_of=nodes_of, limits=limits)
    async for _ in ahead(partial(inspector.inspect, path, records[references.entry])):
        pass


def _warnings(manifest: Manifest) -> list[str]:
    return [
        f"{application.name}: {count} secured values of {key!r} were left out by the exporter."
        for application in manifest.applications
        for key, count in sorted(application.secured_properties.items())
    ]
