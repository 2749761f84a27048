"""Checks a ZIP's structure before anything in it is inflated."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.manifest import MANIFEST_ENTRY
from shared.archive.zip.archive_kind import ArchiveKind, recognise, require_entries
from shared.archive.zip.directory import FLAG_DESCRIPTOR, ListedEntry, read_directory, read_extras, with_zip64
from shared.archive.zip.end_records import find_directory
from shared.archive.zip.entry_names import decode_name
from shared.archive.zip.records import (
    DESCRIPTOR_SIGNATURE,
    FULL32,
    LOCAL,
    LOCAL_SIGNATURE,
    EntryRecord,
)
from shared.errors import InvalidArchiveError
from shared.ports.contents import Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipStructure:
    """A ZIP whose structure is sound."""

    kind: ArchiveKind
    records: tuple[EntryRecord, ...]
    """In the directory's order, folders left out; named from the folder on that encloses all."""
    warnings: tuple[str, ...] = ()
    """What was passed over, counted."""


def read_structure(path: Readable, limits: ArchiveLimits) -> ZipStructure:
    """Check a ZIP of any kind.

    Raises: InvalidArchiveError for everything that two readers could understand differently.
    """
    with path.open("rb") as file:
        directory = find_directory(file)
        require_entries(directory.entries, limits)
        listed = tuple(read_directory(file, directory))
        layout = recognise(listed, limits)
        _check_sizes(listed, limits)
        _check_manifest(layout.entries, limits)
        records = dict(_check_spans(file, listed, directory.offset))
    files = (each for each in layout.entries if not each.is_folder)
    return ZipStructure(
        kind=layout.kind,
        records=tuple(replace(records[each.offset], name=each.name) for each in files),
        warnings=layout.warnings,
    )


def read_own_structure(path: Readable, limits: ArchiveLimits) -> ZipStructure:
    """Check a ZIP that must be an archive of ours. Raises: InvalidArchiveError."""
    structure = read_structure(path, limits)
    if structure.kind is not ArchiveKind.OURS:
        raise InvalidArchiveError("No manifest: this ZIP is not an archive of Graphferry.", entry=MANIFEST_ENTRY)
    return structure


def read_records(path: Readable, limits: ArchiveLimits) -> tuple[EntryRecord, ...]:
    """Return the entries of an archive of ours, in the directory's order. Raises: InvalidArchiveError."""
    return read_own_structure(path, limits).records


def _check_sizes(listed: Sequence[ListedEntry], limits: ArchiveLimits) -> None:
    for each in listed:
        if each.is_folder and each.bytes:
            raise InvalidArchiveError("A folder holds bytes.", entry=each.name)
        if each.bytes > limits.ratio_floor_bytes and each.bytes > limits.ratio * each.deflated_bytes:
            raise InvalidArchiveError(f"Inflates more than {limits.ratio} times ({Setting.RATIO}).", entry=each.name)
    total = sum(each.bytes for each in listed)
    if total > limits.inflated_bytes:
        raise InvalidArchiveError(
            f"Inflates to {total} bytes; at most {limits.inflated_bytes} are allowed ({Setting.INFLATED_BYTES})."
        )


def _check_manifest(entries: Sequence[ListedEntry], limits: ArchiveLimits) -> None:
    for each in entries:
        if each.name == MANIFEST_ENTRY and each.bytes > limits.manifest_bytes:
            raise InvalidArchiveError(
                f"More than {limits.manifest_bytes} bytes ({Setting.MANIFEST_BYTES}).", entry=each.name
            )


def _check_spans(file: IO[bytes], listed: Sequence[ListedEntry], end: int) -> Iterator[tuple[int, EntryRecord]]:
    """Check that entries follow one another from the first byte to the directory, without gap or overlap."""
    ordered = sorted(listed, key=lambda each: each.offset)
    position = 0
    for each, following in zip(ordered, [*(other.offset for other in ordered[1:]), end], strict=True):
        if each.offset != position:
            raise InvalidArchiveError("Overlaps another entry, or bytes lie between.", entry=each.name)
        data_offset = _check_local_header(file, each)
        _check_descriptor(file, each, data_offset + each.deflated_bytes, following)
        position = following
        yield (
            each.offset,
            EntryRecord(
                name=each.name,
                method=each.method,
                crc=each.crc,
                deflated_bytes=each.deflated_bytes,
                bytes=each.bytes,
                offset=each.offset,
                data_offset=data_offset,
            ),
        )
    if position != end:
        raise InvalidArchiveError("Bytes lie before the directory that belong to no entry.")


def _check_local_header(file: IO[bytes], listed: ListedEntry) -> int:
    file.seek(listed.offset)
    header = file.read(LOCAL.size)
    if len(header) < LOCAL.size or header[:4] != LOCAL_SIGNATURE:
        raise InvalidArchiveError("No local header where the directory says.", entry=listed.name)
    _, _, flags, method, _, _, crc, deflated, size, name_bytes, extra_bytes = LOCAL.unpack(header)
    raw_name, extra = file.read(name_bytes), file.read(extra_bytes)
    extras = read_extras(extra, listed.name)
    size, deflated = with_zip64(extras, (size, deflated), listed.name)
    found = (raw_name, flags, method, crc, deflated, size)
    wanted = (listed.raw_name, listed.flags, listed.method, listed.crc, listed.deflated_bytes, listed.bytes)
    if flags & FLAG_DESCRIPTOR:
        # What follows the data may be 0 here, each field for itself: Info-ZIP knows a size before the CRC.
        found = (*found[:3], crc or listed.crc, deflated or listed.deflated_bytes, size or listed.bytes)
    if found != wanted:
        raise InvalidArchiveError("The local header contradicts the directory.", entry=listed.name)
    if decode_name(raw_name, flags, extras) != listed.name:
        raise InvalidArchiveError("The local header gives another name than the directory.", entry=listed.name)
    return listed.offset + LOCAL.size + len(raw_name) + len(extra)


def _check_descriptor(file: IO[bytes], listed: ListedEntry, end: int, following: int) -> None:
    """Check that the data end where the next thing begins, with a descriptor between where flags promise one."""
    expected = {b""}
    if listed.flags & FLAG_DESCRIPTOR:
        sizes = (listed.crc, listed.deflated_bytes, listed.bytes)
        plain = {struct.pack(form, *sizes) for form in ("<3L", "<LQQ") if form == "<LQQ" or max(sizes) <= FULL32}
        expected = plain | {DESCRIPTOR_SIGNATURE + each for each in plain}
    file.seek(end)
    if not 0 <= following - end <= 24 or file.read(following - end) not in expected:
        raise InvalidArchiveError("Its data do not end where the next entry begins.", entry=listed.name)
