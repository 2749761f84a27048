from __future__ import annotations

import io
import shutil
import stat
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.archive.limits import ArchiveLimits
from shared.archive.zip import records
from shared.archive.zip.archive_kind import ArchiveKind
from shared.archive.zip.records import EntryRecord, directory_bytes, local_header_bytes
from shared.archive.zip.structure import ZipStructure, read_records, read_structure
from shared.errors import InvalidArchiveError
from tests.support.archives.making import ENTRY
from tests.support.archives.packings import commented, piped, streamed

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
    content = piped({MANIFEST: b"{}", ENTRY: b"x" * 1000})
    assert [record.bytes for record in read(tmp_path, content)] == [2, 1000]


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
    folders = [f"applications/{number}/" for number in range(1, 4100)]
    with pytest.raises(InvalidArchiveError, match="4100 entries; at most 4096"):
        read(tmp_path, zip_of(MANIFEST, *folders, content=b""))


def test_bombs_are_refused_before_they_are_inflated(tmp_path: Path) -> None:
    content = zip_of(MANIFEST, ENTRY, content=bytes(1_000_000))
    assert read(tmp_path, content)
    with pytest.raises(InvalidArchiveError, match="200 times"):
        read(tmp_path, content, ArchiveLimits(ratio_floor_bytes=500_000))
    with pytest.raises(InvalidArchiveError, match="2000000 bytes"):
        read(tmp_path, content, ArchiveLimits(inflated_bytes=1_500_000))
    with pytest.raises(InvalidArchiveError, match="500000 bytes"):
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
        (("a.graphml", "A.GraphML"), "two spellings"),
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
        (("a.graphml", "__MACOSX/../._b.graphml"), "no place"),
        (("a.graphml", "__MACOSX/manifest.json"), "manifest.json must stand at the top"),
        (("a.graphml", "../.DS_Store"), "no place"),
        (("a.graphml", ".DS_Store", ".ds_store"), "no place"),
        (("a.graphml", "Thumbs.db", "thumbs.DB"), "two spellings"),
        (("__MACOSX/._a.graphml", ".DS_Store"), "not an archive that can be read"),
        (("x/manifest.json", f"y/{ENTRY}"), "manifest.json must stand at the top"),
        (("x/y/manifest.json", f"x/y/{ENTRY}"), "manifest.json must stand at the top"),
        (("../manifest.json", f"../{ENTRY}"), "manifest.json must stand at the top"),
        ((MANIFEST, f"x/{ENTRY}"), "no place"),
        (("x/manifest.json", f"x/{ENTRY}", "x/manifest.json/"), "no place"),
        (("objects.csv", "app/objects.csv"), "no place"),
        (("a/b/objects.csv", "c/b/objects.csv"), "no place"),
        (("app/objects.csv", "app/OBJECTS.csv"), "two spellings"),
        (tuple(f"{number}.graphml" for number in range(4097)), "4097 entries; at most 4096"),
    ],
)
def test_names_that_two_systems_could_take_for_others(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of(*names, content=b""))
    with pytest.raises(InvalidArchiveError, match=words):
        read_structure(path, ArchiveLimits())


def structure(tmp_path: Path, content: bytes) -> ZipStructure:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    return read_structure(path, ArchiveLimits())


def names_in(tmp_path: Path, content: bytes) -> list[str]:
    return [record.name for record in structure(tmp_path, content).records]


@pytest.mark.parametrize(
    ("names", "read_names", "warnings"),
    [
        (("g.graphml", "__MACOSX/._g.graphml"), ["g.graphml"], ["(__MACOSX): 1."]),
        (
            ("x/", "x/g.graphml", "x/.DS_Store", "__MACOSX/x/._g.graphml", "__MACOSX/", "__MACOSX/._x"),
            ["x/g.graphml"],
            ["(.DS_Store): 1.", "(__MACOSX): 2."],
        ),
        (("g.xml", "Thumbs.db", "d/thumbs.db", "Desktop.ini"), ["g.xml"], ["(Thumbs.db): 2.", "(desktop.ini): 1."]),
        (
            (MANIFEST, ENTRY, "applications/.DS_Store", "__MACOSX/._manifest.json"),
            [MANIFEST, ENTRY],
            ["(.DS_Store): 1.", "(__MACOSX): 1."],
        ),
        (
            ("x/", f"x/{MANIFEST}", f"x/{ENTRY}", "x/applications/", "__MACOSX/._x"),
            [MANIFEST, ENTRY],
            ["(__MACOSX): 1."],
        ),
        (("app/objects.csv", "app/.DS_Store"), ["app/objects.csv"], ["(.DS_Store): 1."]),
        (("x/", "x/app/", "x/app/objects.csv", "x/b/objects.csv"), ["app/objects.csv", "b/objects.csv"], []),
        (("objects.csv", "belongsTo.csv"), ["objects.csv", "belongsTo.csv"], []),
        (("GRAPH.GRAPHML", "b.Xml"), ["GRAPH.GRAPHML", "b.Xml"], []),
        (("app/OBJECTS.CSV",), ["app/OBJECTS.CSV"], []),
    ],
)
def test_what_file_managers_add_and_one_enclosing_folder(
    tmp_path: Path, names: tuple[str, ...], read_names: list[str], warnings: list[str]
) -> None:
    found = structure(tmp_path, zip_of(*names, content=b""))
    assert [record.name for record in found.records] == read_names
    assert list(found.warnings) == [f"files added by macOS or Windows passed over {each}" for each in warnings]


def test_what_is_passed_over_obeys_the_checks_of_the_structure(tmp_path: Path) -> None:
    good = zip_of("g.graphml", "__MACOSX/._g.graphml")
    assert names_in(tmp_path, good) == ["g.graphml"]
    damages = [
        patched(b"PK\x03\x04", 14, b"\0\0\0\0", nth=1),
        patched(b"PK\x01\x02", 42, b"\0\0\0\0", nth=1),
        patched(b"PK\x01\x02", 38, SYMLINK, nth=1),
    ]
    for damage in damages:
        with pytest.raises(InvalidArchiveError):
            structure(tmp_path, damage(good))


@pytest.mark.parametrize("comment", [b"468861eaa3fba075c297ac4039b4b802f886ac74", b"PK", b"x" * 65_535])
def test_a_comment_up_to_the_end_is_no_harm(tmp_path: Path, comment: bytes) -> None:
    assert len(read(tmp_path, commented(GOOD, comment))) == 2


OTHER_END = zip_of(MANIFEST)[-22:]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (commented(GOOD, b"x") + b"x", "Not a ZIP"),
        (commented(GOOD, b"xx")[:-1], "Not a ZIP"),
        (commented(GOOD, OTHER_END), "comment of the ZIP"),
        (commented(GOOD, zip_of(MANIFEST, ENTRY)), "comment of the ZIP"),
        (commented(GOOD, OTHER_END + b"x"), "comment of the ZIP"),
        (commented(GOOD, commented(OTHER_END, b"y")), "comment of the ZIP"),
        (commented(GOOD, b"PK\x05\x06"), "comment of the ZIP"),
    ],
)
def test_a_comment_that_could_be_an_end_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(InvalidArchiveError, match=words):
        read(tmp_path, content)


def bare_zip(raw_name: bytes, *, flags: int = 0, extra: bytes = b"", local_extra: bytes | None = None) -> bytes:
    """A ZIP of one empty file, byte by byte."""
    inner = extra if local_extra is None else local_extra
    head = (20, flags, 0, 0, 0x21, 0, 0, 0, len(raw_name))
    local = records.LOCAL.pack(b"PK\x03\x04", *head, len(inner)) + raw_name + inner
    central = records.CENTRAL.pack(b"PK\x01\x02", 20, *head, len(extra), 0, 0, 0, 0, 0) + raw_name + extra
    return local + central + records.END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


def unicode_path(raw_name: bytes, path: str, *, version: int = 1, crc: int | None = None) -> bytes:
    content = struct.pack("<BL", version, zlib.crc32(raw_name) if crc is None else crc) + path.encode()
    return records.EXTRA.pack(0x7075, len(content)) + content


UTF8, CP437 = "ä.xml".encode(), "ä.xml".encode("cp437")
MISREAD = UTF8.decode("cp437")


@pytest.mark.parametrize(
    "content",
    [
        bare_zip(UTF8),
        bare_zip(UTF8, flags=0x800),
        bare_zip(CP437),
        bare_zip(CP437, extra=unicode_path(CP437, "ä.xml")),
        bare_zip(CP437, extra=unicode_path(CP437, "ä.xml"), local_extra=b""),
        bare_zip(UTF8, extra=unicode_path(UTF8, "ä.xml")),
        bare_zip(UTF8, flags=0x800, extra=unicode_path(UTF8, "ä.xml")),
    ],
)
def test_names_in_both_encodings(tmp_path: Path, content: bytes) -> None:
    assert names_in(tmp_path, content) == ["ä.xml"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bare_zip(CP437, flags=0x800), "not UTF-8"),
        (bare_zip(b"a.xml", extra=unicode_path(b"a.xml", "b.xml")), "second name"),
        (bare_zip(b"a.xml", extra=unicode_path(b"a.xml", "../a.xml")), "second name"),
        (bare_zip(b"a.xml", extra=unicode_path(b"a.xml", "a.xml") * 2), "second name"),
        (bare_zip(b"a.xml", local_extra=unicode_path(b"a.xml", "b.xml")), "second name"),
        (bare_zip(UTF8, local_extra=unicode_path(UTF8, MISREAD)), "another name"),
        (bare_zip(UTF8, flags=0x800, extra=unicode_path(UTF8, MISREAD)), "second name"),
        (bare_zip(b"a.xml", extra=unicode_path(b"a.xml", "a.xml", crc=1)), "another name"),
        (bare_zip(b"a.xml", extra=unicode_path(b"a.xml", "a.xml", version=2)), "another name"),
        (bare_zip(b"a.xml", extra=records.EXTRA.pack(0x7075, 2) + b"\x01\0"), "damaged"),
    ],
)
def test_names_that_contradict_each_other(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(InvalidArchiveError, match=words):
        structure(tmp_path, content)


def test_a_file_that_info_zip_read_from_a_pipe(tmp_path: Path) -> None:
    pipe = struct.pack("<L", (stat.S_IFIFO | 0o600) << 16)
    assert len(read(tmp_path, patched(b"PK\x01\x02", 38, pipe)(GOOD))) == 2


DOCUMENT = b"<graphml/>"


@pytest.mark.parametrize("local", [(0, 0, 0), (0, 0, 10), (zlib.crc32(DOCUMENT), 0, 10)])
def test_sizes_that_a_streaming_tool_knows_beforehand(tmp_path: Path, local: tuple[int, ...]) -> None:
    assert names_in(tmp_path, streamed(DOCUMENT, b"export/g.graphml", *local)) == ["export/g.graphml"]


@pytest.mark.parametrize("local", [(0, 0, 11), (1, 0, 0), (0, 1, 10)])
def test_sizes_that_a_streaming_tool_gives_wrong(tmp_path: Path, local: tuple[int, ...]) -> None:
    with pytest.raises(InvalidArchiveError, match="contradicts"):
        structure(tmp_path, streamed(DOCUMENT, b"export/g.graphml", *local))


@pytest.mark.skipif(shutil.which("zip") is None, reason="Info-ZIP is not installed")
def test_what_info_zip_writes_to_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "ä.graphml").write_text("<graphml/>" * 99)
    packing = subprocess.run(["zip", "-q", "-", "ä.graphml"], cwd=tmp_path, check=True, capture_output=True)
    (record,) = structure(tmp_path, packing.stdout).records
    assert (record.name, record.bytes) == ("ä.graphml", 990)
