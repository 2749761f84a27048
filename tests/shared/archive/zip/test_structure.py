from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typing_extensions import override

from shared.archive.limits import ArchiveLimits
from shared.archive.zip import records
from shared.archive.zip.archive_kind import ArchiveKind
from shared.archive.zip.records import EntryRecord, directory_bytes, local_header_bytes
from shared.archive.zip.structure import read_records, read_structure
from shared.errors import InvalidArchiveError
from tests.support.archives.making import ENTRY

MANIFEST = "manifest.json"


def zip_of(*names: str, method: int = zipfile.ZIP_DEFLATED, content: bytes = b"content " * 9) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def read(tmp_path: Path, content: bytes, limits: ArchiveLimits | None = None) -> tuple[EntryRecord, ...]:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    return read_records(path, limits or ArchiveLimits())


GOOD = zip_of(MANIFEST, ENTRY)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_other_tools_write_is_read(tmp_path: Path, method: int) -> None:
    records = read(tmp_path, zip_of("applications/", "applications/1/", ENTRY, MANIFEST, method=method, content=b""))
    assert [record.name for record in records] == [ENTRY, MANIFEST]
    assert {record.bytes for record in records} == {0}


def test_what_a_streaming_tool_writes_is_read(tmp_path: Path) -> None:
    class Unseekable(io.BytesIO):
        @override
        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

        @override
        def tell(self) -> int:
            raise io.UnsupportedOperation

    buffer = Unseekable()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, b"{}")
        archive.writestr(ENTRY, b"x" * 1000)
    assert [record.bytes for record in read(tmp_path, buffer.getvalue())] == [2, 1000]


def replaced(old: bytes, new: bytes, count: int = -1) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, count)


def patched(signature: bytes, offset: int, value: bytes, *, nth: int = 0) -> Callable[[bytes], bytes]:
    """Change bytes at an offset within the nth record with a signature."""

    def patch(content: bytes) -> bytes:
        start = -1
        for _ in range(nth + 1):
            start = content.index(signature, start + 1)
        return content[: start + offset] + value + content[start + offset + len(value) :]

    return patch


def both(offset_local: int, offset_central: int, value: bytes) -> Callable[[bytes], bytes]:
    local, central = patched(b"PK\x03\x04", offset_local, value), patched(b"PK\x01\x02", offset_central, value)
    return lambda content: central(local(content))


SYMLINK = struct.pack("<L", (stat.S_IFLNK | 0o777) << 16)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda _: b"", "Not a ZIP"),
        (lambda _: b"PK", "Not a ZIP"),
        (lambda content: content[:-1], "Not a ZIP"),
        (lambda content: content + b"\0", "Not a ZIP"),
        (lambda content: b"#!/bin/sh\n" + content, "directory does not stand"),
        (lambda content: content[: len(content) // 2], "Not a ZIP"),
        (patched(b"PK\x05\x06", 20, b"\x01\x00"), "Not a ZIP"),
        (patched(b"PK\x05\x06", 4, b"\x01\x00"), "several disks"),
        (patched(b"PK\x05\x06", 8, b"\x01\x00\x01\x00"), "more than its entries"),
        (patched(b"PK\x05\x06", 8, b"\x03\x00\x03\x00"), "damaged"),
        (patched(b"PK\x05\x06", 16, b"\x00\x00\x00\x00"), "does not stand"),
        (patched(b"PK\x01\x02", 8, b"\x01\x00"), "encrypted"),
        (both(6, 8, b"\x01\x00"), "encrypted"),
        (both(8, 10, b"\x0c\x00"), "Method 12"),
        (patched(b"PK\x01\x02", 38, SYMLINK), "link"),
        (patched(b"PK\x01\x02", 16, b"\x00\x00\x00\x00"), "contradicts"),
        (patched(b"PK\x03\x04", 14, b"\x00\x00\x00\x00"), "contradicts"),
        (patched(b"PK\x01\x02", 24, b"\xff\x00\x00\x00"), "contradicts"),
        (patched(b"PK\x03\x04", 8, b"\x00\x00"), "contradicts"),
        (patched(b"PK\x03\x04", 30, b"M"), "contradicts"),
        (patched(b"PK\x01\x02", 42, b"\x00\x00\x00\x00", nth=1), "do not end"),
        (patched(b"PK\x01\x02", 42, b"\x05\x00\x00\x00", nth=0), "Overlaps"),
        (both(18, 20, b"\x05\x00\x00\x00"), "do not end"),
        (both(22, 24, b"\xff\xff\xff\xff"), "ZIP64"),
        (replaced(b"manifest.json", b"manifest.jsoN"), "no place"),
        (replaced(b"manifest.json", b"manifest\0json"), "no place"),
        (replaced(b"manifest.json", b"../../json.js"), "no place"),
        (replaced(b"manifest.json", b"C:\\anifest.js"), "no place"),
        (replaced(b"manifest.json", b"/etc/passwd.j"), "no place"),
        (replaced(ENTRY.encode(), b"applications/0/graph.graphml"), "no place"),
        (replaced(b"PK\x03\x04", b"PK\x03\x05", 1), "No local header"),
    ],
)
def test_refusals(tmp_path: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    assert read(tmp_path, GOOD)
    with pytest.raises(InvalidArchiveError, match=words):
        read(tmp_path, damage(GOOD))


@pytest.mark.parametrize("name", [MANIFEST, ENTRY])
def test_the_same_name_twice_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zip_of(MANIFEST, ENTRY, name)
    with pytest.raises(InvalidArchiveError, match="twice") as caught:
        read(tmp_path, content)
    assert caught.value.entry == name


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArchiveError, match="manifest"):
        read(tmp_path, zip_of(ENTRY))


def test_too_many_entries(tmp_path: Path) -> None:
    folders = [f"applications/{number}/" for number in range(1, 68)]
    with pytest.raises(InvalidArchiveError, match="68 entries; at most 64"):
        read(tmp_path, zip_of(MANIFEST, *folders, content=b""))


def test_bombs_are_refused_before_they_are_inflated(tmp_path: Path) -> None:
    content = zip_of(MANIFEST, ENTRY, content=bytes(1_000_000))
    assert read(tmp_path, content)
    with pytest.raises(InvalidArchiveError, match="200 times"):
        read(tmp_path, content, ArchiveLimits(ratio_floor_bytes=500_000))
    with pytest.raises(InvalidArchiveError, match="2000000 bytes"):
        read(tmp_path, content, ArchiveLimits(inflated_bytes=1_500_000))
    with pytest.raises(InvalidArchiveError, match="MiB"):
        read(tmp_path, content, ArchiveLimits(manifest_bytes=500_000))


def test_zip64_sizes_and_offsets_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real limit takes 4 GiB of disk: a sparse file stands in for the data."""
    big = 5 * 1024**3
    path = tmp_path / "big.zip"
    entries = []
    with path.open("wb") as file:
        for name, size in ((ENTRY, big), (MANIFEST, 10)):
            offset = file.tell()
            file.write(local_header_bytes(name, crc=7, deflated_bytes=size, size=size))
            data_offset = file.tell()
            file.seek(size - 1, 1)
            file.write(b"\0")
            record = EntryRecord(
                name=name,
                method=records.DEFLATED,
                crc=7,
                deflated_bytes=size,
                bytes=size,
                offset=offset,
                data_offset=data_offset,
            )
            entries.append(record)
        file.write(directory_bytes(entries, file.tell()))
    assert read_records(path, ArchiveLimits()) == tuple(entries)
    with zipfile.ZipFile(path) as archive:
        assert [(info.filename, info.file_size) for info in archive.infolist()] == [(ENTRY, big), (MANIFEST, 10)]
        assert archive.infolist()[1].header_offset == entries[1].offset > 2**32


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ((MANIFEST, ENTRY, "applications/1/references.jsonl"), ArchiveKind.OURS),
        ((ENTRY,), ArchiveKind.GRAPHML),
        (("deep/folder/", "deep/folder/a.graphml", "ä.xml"), ArchiveKind.GRAPHML),
        (("my app/", "my app/objects.csv", "my app/endPoint.csv"), ArchiveKind.CSV),
    ],
)
def test_names_tell_the_kind(tmp_path: Path, names: tuple[str, ...], kind: ArchiveKind) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of(*names, content=b""))
    assert read_structure(path, ArchiveLimits()).kind is kind


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a.graphml", "A.GraphML"), "no place"),
        (("a.graphml", "A.graphml"), "two spellings"),
        (("\u00e4.graphml", "a\u0308.graphml"), "two spellings"),
        (("a.graphml", "b.zip"), "no place"),
        (("a.graphml", "../b.graphml"), "no place"),
        (("a.graphml", "/b.graphml"), "no place"),
        (("a.graphml", "c:/b.graphml"), "no place"),
        (("a.graphml", "d/./b.graphml"), "no place"),
        (("a.graphml", "d\x01/b.graphml"), "no place"),
        (("a.graphml", "1/2/3/4/5/6/7/8/9/b.graphml"), "no place"),
        (("text.txt",), "not an archive that can be read"),
        ((), "not an archive that can be read"),
        (tuple(f"{number}.graphml" for number in range(65)), "65 entries; at most 64"),
    ],
)
def test_names_that_two_systems_could_take_for_others(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of(*names, content=b""))
    with pytest.raises(InvalidArchiveError, match=words):
        read_structure(path, ArchiveLimits())


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of("abc.graphml", content=b"").replace(b"abc", b"a\xffc"))
    with pytest.raises(InvalidArchiveError, match="not UTF-8"):
        read_structure(path, ArchiveLimits())
