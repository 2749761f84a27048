"""GraphML documents that come without a ZIP, plain or in gzip."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from shared.archive.inspection.inspected_archive import read_names
from shared.archive.limits import MIB, ArchiveLimits
from shared.archive.zip.archive_kind import ArchiveKind
from shared.errors import InvalidArchiveError
from tests.support.archives.foreign import document, read_foreign, zipped
from tests.support.archives.small import make_archive

TEXT = document('<node id="a" labels=":A"/><edge source="a" target="a" label="R"/>').encode()
MEMBER = gzip.compress(TEXT)
DEFLATED = MEMBER[10:-8]
TAIL = MEMBER[-8:]
BIG = document("".join(f"<node id='{each}{'x' * MIB}'/>" for each in range(3))).encode()


def gzipped(
    *, flags: int = 0, method: int = 8, head: bytes = b"", deflated: bytes = DEFLATED, tail: bytes = TAIL
) -> bytes:
    return struct.pack("<2sBBLBB", b"\x1f\x8b", method, flags, 0, 0, 255) + head + deflated + tail


def with_checked_head(*, is_right: bool) -> bytes:
    head = struct.pack("<2sBBLBB", b"\x1f\x8b", 8, 2, 0, 0, 255)
    return head + struct.pack("<H", zlib.crc32(head) & 0xFFFF ^ (not is_right)) + DEFLATED + TAIL


def hidden_zip() -> bytes:
    """A gzip file that is a ZIP, too: the ZIP stands in a stored block, its comment covers what follows."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("other.graphml", TEXT)
    inner = bytearray(buffer.getvalue())
    inner[-2:] = struct.pack("<H", 8)
    content = bytes(inner)
    stored = b"\x01" + struct.pack("<2H", len(content), len(content) ^ 0xFFFF) + content
    return gzipped(deflated=stored, tail=struct.pack("<2L", zlib.crc32(content), len(content)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("My App.graphml", TEXT),
        ("My App.GraphML", b"\xef\xbb\xbf" + TEXT),
        ("My App.xml", b"  \n" + TEXT),
        ("My App.XML", TEXT.decode().encode("utf-16")),
        ("My App.graphml.gz", MEMBER),
        ("My App.GRAPHML.GZ", gzip.compress(TEXT, 0)),
        ("My App.graphmlz", gzipped(flags=0x0C, head=struct.pack("<H", 3) + b"abc" + b"name\0")),
        ("My App.xml.gz", gzipped(flags=0x18, head=b"name\0a comment\0")),
        ("My App.graphml.gz", with_checked_head(is_right=True)),
        ("My App.ZIP", zipped({"g.GRAPHML": TEXT})),
    ],
)
async def test_every_form_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    read = await read_foreign(tmp_path, content, name=name)
    (graph,) = read.graphs
    assert [row[1] for row in graph.nodes] == [("A",)]
    assert [row[:4] for row in graph.relationships] == [(0, 0, 0, "R")]
    assert [each.name for each in read.inspection.manifest.applications] == ["My App"]
    assert (read.inspection.kind, read.inspection.size) == (ArchiveKind.GRAPHML, len(content))
    assert read.inspection.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.graphml", zipped({"g.graphml": TEXT}), r"is a ZIP, .*must end in \.zip"),
        ("a.graphml", make_archive("MyApp"), "is a ZIP"),
        ("a.graphml", MEMBER, r"is in gzip, .*\.graphml\.gz"),
        ("a.zip", TEXT, r"is an XML document, .*\.graphml, \.xml\."),
        ("a.zip", MEMBER, "is in gzip"),
        ("a.graphml.gz", TEXT, "is an XML document"),
        ("a.graphml.gz", zipped({"g.graphml": TEXT}), "is a ZIP"),
        ("a.graphml", TEXT + zipped({"g.graphml": TEXT}), "taken for a ZIP"),
        ("a.zip", TEXT + zipped({"g.graphml": TEXT}), "is an XML document"),
        ("a.graphml.gz", MEMBER + zipped({"g.graphml": TEXT}), "taken for a ZIP"),
        ("a.graphml.gz", hidden_zip(), "taken for a ZIP"),
        ("a.graphml", b"", "is empty"),
        ("a.graphml", b"just text", "not well-formed|syntax error"),
        ("a.graphml", TEXT + b"<!-- -->more", "junk after document element"),
        ("a.graphml.gz", b"", "is empty"),
        ("a.graphml.gz", b"no gzip file at all", "Not a gzip file"),
        ("a.graphml.gz", MEMBER[:9], "cut off"),
        ("a.graphml.gz", MEMBER[:17], "cut off"),
        ("a.graphml.gz", MEMBER[:-1], "Bytes after|cut off|checksum|damaged"),
        ("a.graphml.gz", MEMBER + b"\0", "Bytes after|cut off|damaged"),
        ("a.graphml.gz", MEMBER + MEMBER, "Bytes after"),
        ("a.graphml.gz", MEMBER + gzip.compress(b""), "Bytes after"),
        ("a.graphml.gz", gzipped(method=7), "not known"),
        ("a.graphml.gz", gzipped(flags=0x20), "not known"),
        ("a.graphml.gz", gzipped(flags=0x08, head=b"x" * 300_000), "longer than any"),
        ("a.graphml.gz", gzipped(flags=0x04, head=b"\xff\xff"), "cut off"),
        ("a.graphml.gz", with_checked_head(is_right=False), "checksum of gzip"),
        ("a.graphml.gz", gzipped(tail=b"\0\0\0\0" + TAIL[4:]), "checksum"),
        ("a.graphml.gz", gzipped(tail=TAIL[:4] + b"\0\0\0\0"), "size is wrong"),
        ("a.graphml.gz", gzipped(deflated=b"\xff" * 20), "damaged"),
        ("a.graphml.gz", gzip.compress(MEMBER), "not well-formed"),
        ("a.graphml.gz", gzip.compress(b"<!DOCTYPE graphml>" + TEXT), "DOCTYPE"),
    ],
)
async def test_what_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(InvalidArchiveError, match=words):
        await read_foreign(tmp_path, content, name=name)


async def test_a_bomb_is_refused_while_it_inflates(tmp_path: Path) -> None:
    limits = ArchiveLimits(ratio_floor_bytes=2 * MIB)
    content = gzip.compress(BIG)
    assert len(content) * limits.ratio < len(BIG)
    with pytest.raises(InvalidArchiveError, match=f"more than {2 * MIB} bytes.*GRAPHFERRY_MAX_RATIO"):
        await read_foreign(tmp_path, content, name="a.graphml.gz", limits=limits)
    assert (await read_foreign(tmp_path, content, name="a.graphml.gz")).graphs[0].relationships == []


@pytest.mark.parametrize(("name", "content"), [("a.graphml", BIG), ("a.graphml.gz", gzip.compress(BIG))])
async def test_a_document_above_the_limit_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(InvalidArchiveError, match=f"{MIB}.*GRAPHFERRY_MAX_INFLATED_BYTES"):
        await read_foreign(tmp_path, content, name=name, limits=ArchiveLimits(inflated_bytes=MIB))


def test_the_header_is_checked_before_anything_is_inflated(tmp_path: Path) -> None:
    path = tmp_path / "a.graphml.gz"
    path.write_bytes(gzipped(flags=0x20))
    with pytest.raises(InvalidArchiveError, match="not known"):
        read_names(path, path.name, ArchiveLimits())
