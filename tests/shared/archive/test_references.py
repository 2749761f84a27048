"""External references with shared nodes, on their way through an archive."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.archive.inspection import inspection
from shared.archive.inspection.inspection import inspect
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import Manifest, graph_entry, references_entry
from shared.archive.reading import reader as reader_module
from shared.archive.reading.reader import ArchiveReader
from shared.archive.reading.references_entry import count_nodes
from shared.archive.renaming import write_renamed
from shared.archive.writing.secured import secured_by
from shared.archive.writing.writer import ArchiveWriter
from shared.errors import InvalidArchiveError, SourceChangedError, UnsupportedValueError
from shared.graph import Date, PropertyValue
from shared.references import Direction, ExternalReference, NodeKey
from tests.support.archives.making import SMALL, Maker, read_back
from tests.support.archives.small import make_entry

REFERENCES = references_entry(1)


def reference(node: int, **changes: Any) -> ExternalReference:
    fields: dict[str, Any] = {
        "node": node,
        "direction": Direction.OUT,
        "type": "CALLS",
        "properties": {"since": Date(3), "text": "\x00 ü", "sizes": [1.0, 2.5]},
        "application": "Far",
        "version": None,
        "key": NodeKey(label="Class", properties={"id": 5}),
    }
    return ExternalReference(**{**fields, **changes})


WRITTEN = [
    reference(3),
    reference(7, direction=Direction.IN, application=None, key=None, properties={}),
    reference(4711, version="2.0.0", properties={"api_key": "hidden", "n": 1}),
]
NUMBERED = [
    reference(0),
    reference(1, direction=Direction.IN, application=None, key=None, properties={}),
    reference(2, version="2.0.0", properties={"n": 1}),
]


async def write(
    maker: Maker, *references: ExternalReference, shared: list[int], limits: ArchiveLimits | None = None
) -> tuple[Path, Manifest]:
    path = maker.path()
    entry = make_entry("App")
    async with ArchiveWriter.open(path, limits) as writer:
        application = await writer.begin(entry, (), secured_by(entry))
        await application.write_nodes(SMALL.nodes)
        await application.write_relationships(SMALL.relationships)
        await application.write_shared_nodes(shared)
        await application.write_references(references)
        await application.finish()
        manifest = await writer.finish("memory", "source")
    return path, manifest


async def test_they_come_back_equal(maker: Maker) -> None:
    path, manifest = await write(maker, *WRITTEN, shared=[7, 4711])
    application = manifest.applications[0]
    assert dict(application.external_references) == {"Far": 2, "": 1}
    assert (application.shared_nodes, dict(application.secured_properties)) == (2, {"api_key": 1})
    assert (await inspect(path)).manifest == manifest
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["manifest.json", "applications/1/graph.graphml", REFERENCES]
        assert b"hidden" not in archive.read(REFERENCES)
    async with ArchiveReader.open(path) as reader:
        batches = [batch async for batch in reader.read_references(application, batch_size=2)]
        shared = await reader.read_shared_nodes(application)
    assert [len(batch) for batch in batches] == [2, 1]
    assert [each for batch in batches for each in batch] == NUMBERED
    assert ([each in shared for each in range(3)], len(shared)) == ([False, True, True], 2)


async def write_two(maker: Maker, *databases: str) -> tuple[Path, Manifest]:
    """Write one graph twice, as applications of these databases that refer to each other's nodes."""
    path = maker.path()
    async with ArchiveWriter.open(path) as writer:
        for name, database in zip(("App", "Far"), databases, strict=True):
            application = await writer.begin(replace(make_entry(name), database=database), ())
            first = 0 if name == "App" else 10_000
            await application.write_nodes([(row[0] + first, row[1], row[2]) for row in SMALL.nodes])
            others = [10_007, 99] if name == "App" else [4711, 3]
            await application.write_references([reference(3 + first, key=None, far=each) for each in others])
            await application.finish()
        manifest = await writer.finish("memory", "source")
    return path, manifest


async def test_documents_are_counted_once_for_all_applications(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    path, manifest = await write_two(maker, "memory", "memory")
    counted: list[Manifest] = []

    def count(manifest: Manifest) -> Mapping[str, int]:
        counted.append(manifest)
        return count_nodes(manifest)

    monkeypatch.setattr(inspection, "count_nodes", count)
    monkeypatch.setattr(reader_module, "count_nodes", count)
    await inspect(path)
    async with ArchiveReader.open(path) as reader:
        for application in manifest.applications:
            assert [len(batch) async for batch in reader.read_references(application, batch_size=9)] == [2]
    assert counted == [manifest, manifest]


async def test_a_far_node_of_the_same_archive_has_its_number(maker: Maker) -> None:
    path, manifest = await write_two(maker, "left", "left")
    assert (await inspect(path)).manifest == manifest
    first, second = manifest.applications
    async with ArchiveReader.open(path) as reader:
        found = [
            [
                (each.entry, each.far)
                async for some in reader.read_references(application, batch_size=9)
                for each in some
            ]
            for application in (first, second)
        ]
    assert found == [[(second.entry, 1), (None, None)], [(first.entry, 2), (first.entry, 0)]]
    again, _ = await write_two(maker, "left", "left")
    assert again.read_bytes() == path.read_bytes()


async def test_other_labels_change_nothing_else(maker: Maker) -> None:
    path, _ = await write_two(maker, "left", "left")
    same, renamed = maker.path(), maker.folder / "renamed.zip"
    await write_renamed(path, same, {}, ArchiveLimits())
    assert same.read_bytes() == path.read_bytes()
    label = next(label for row in SMALL.nodes for label in row[1])
    await write_renamed(path, renamed, {label: "Other"}, ArchiveLimits())
    found = await read_back(renamed)
    assert [row[1] for row in found.nodes] == [
        tuple(sorted({"Other" if each == label else each for each in row[1]})) for row in SMALL.nodes
    ]
    assert _entries(renamed)[REFERENCES] == _entries(path)[REFERENCES]


async def test_ids_of_another_database_are_not_mistaken(maker: Maker) -> None:
    path, _ = await write_two(maker, "left", "right")
    assert b"far" not in _entries(path)[REFERENCES]


async def test_without_any_there_is_no_entry(maker: Maker) -> None:
    path, manifest = await write(maker, shared=[])
    assert manifest.applications[0].references is None
    with zipfile.ZipFile(path) as archive:
        assert REFERENCES not in archive.namelist()
    async with ArchiveReader.open(path) as reader:
        assert [each async for each in reader.read_references(manifest.applications[0], batch_size=2)] == []


async def test_the_digest_does_not_see_them(maker: Maker) -> None:
    _, alone = await write(maker, shared=[])
    _, crossing = await write(maker, *WRITTEN, shared=[7])
    assert alone.applications[0].digest == crossing.applications[0].digest


async def test_a_node_that_was_not_written_has_none(maker: Maker) -> None:
    with pytest.raises(SourceChangedError, match="4712"):
        await write(maker, reference(4712), shared=[])


async def test_what_cannot_be_carried_is_named(maker: Maker) -> None:
    wrong: dict[str, PropertyValue] = {"list": [1, "x"]}
    with pytest.raises(UnsupportedValueError, match=r"'CALLS' to application 'Far'.*several types"):
        await write(maker, reference(3, properties=wrong), shared=[])


async def test_a_line_that_an_inspection_would_refuse_fails_the_export(maker: Maker) -> None:
    limits = ArchiveLimits(token_bytes=100_000)
    wrong: dict[str, PropertyValue] = {"a": "x" * 60_000, "b": "y" * 60_000}
    with pytest.raises(UnsupportedValueError, match=r"100000 are allowed \(GRAPHFERRY_MAX_VALUE_BYTES\)"):
        await write(maker, reference(3, properties=wrong), shared=[], limits=limits)


def line(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "application": "Far",
        "direction": "out",
        "key": None,
        "node": 0,
        "properties": {},
        "type": "CALLS",
        "version": None,
    }
    return json.dumps({**fields, **changes}).encode() + b"\n"


GOOD = line()


@pytest.mark.parametrize(
    ("content", "number", "words"),
    [
        (GOOD + b"{}\n", 2, "the fields of a reference are"),
        (GOOD + b"\n", 2, "Not a line"),
        (b"[]\n", 1, "JSON object"),
        (line(node=3), 1, "3 is not the number of a node"),
        (line(node=True), 1, "True is not the number"),
        (line(direction="up"), 1, "'up'"),
        (line(type=""), 1, "empty type"),
        (line(type="_FerryStaged"), 1, "reserved"),
        (line(type="a\0b"), 1, "U\\+0000"),
        (line(properties={"a": 1}), 1, "properties are"),
        (line(properties={"a": {"type": "i", "text": "9223372036854775808"}}), 1, "64 bits"),
        (line(key={"label": "A", "properties": {}}), 1, "without properties"),
        (line(more=1), 1, "the fields of a reference are"),
        (line(far=1), 1, "a far node is"),
        (line(far={"entry": 1, "node": 1}), 1, "1 is not a text"),
        (line(far={"entry": graph_entry(1), "node": 1}), 1, "not the document of another application"),
        (line(far={"entry": graph_entry(2), "node": 1}), 1, "not the document of another application"),
        (line(far={"entry": graph_entry(1)}), 1, "a far node is"),
        (b'{"shared": [3]}\n', 1, "3 is not the number of a node"),
        (b'{"shared": 3}\n', 1, "Not a line"),
    ],
)
async def test_a_wrong_line_is_refused(maker: Maker, content: bytes, number: int, words: str) -> None:
    path = await _replaced(maker, content)
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        await inspect(path)
    assert (caught.value.entry, caught.value.line) == (REFERENCES, number)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD[:-1], "cut off"),
        (GOOD + GOOD, "external references"),
        (GOOD + b'{"shared": [1]}\n', "shared nodes"),
    ],
)
async def test_what_the_manifest_does_not_say_is_refused(maker: Maker, content: bytes, words: str) -> None:
    path = await _replaced(maker, content)
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        await inspect(path)
    assert caught.value.entry == REFERENCES


async def test_a_far_node_that_its_document_lacks_is_refused(maker: Maker) -> None:
    path, _ = await write_two(maker, "left", "left")
    entries = _entries(path)
    content = entries[REFERENCES].replace(b'"node":1}', b'"node":3}')
    fields = json.loads(entries["manifest.json"])
    fields["applications"][0]["references"]["sha256"] = hashlib.sha256(content).hexdigest()
    forged = maker.zipped({**entries, "manifest.json": json.dumps(fields).encode(), REFERENCES: content})
    with pytest.raises(InvalidArchiveError, match="3 is not the number of a node"):
        await inspect(forged)


async def test_counts_without_an_entry_are_refused(maker: Maker) -> None:
    path, _ = await write(maker, reference(3), shared=[])
    entries = _entries(path)
    fields = json.loads(entries["manifest.json"])
    fields["applications"][0]["references"] = None
    del entries[REFERENCES]
    with pytest.raises(InvalidArchiveError, match="no entry lists them"):
        await inspect(maker.zipped({**entries, "manifest.json": json.dumps(fields).encode()}))


def _entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def _replaced(maker: Maker, content: bytes) -> Path:
    """Write one reference, then put other lines in its place, with size and hash made to fit."""
    path, _ = await write(maker, reference(3), shared=[])
    entries = _entries(path)
    fields = json.loads(entries["manifest.json"])
    facts = {"entry": REFERENCES, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    fields["applications"][0]["references"] = facts
    return maker.zipped({**entries, "manifest.json": json.dumps(fields).encode(), REFERENCES: content})
