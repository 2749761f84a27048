from __future__ import annotations

import errno
import hashlib
import json
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from shared.archive import file_sink
from shared.archive.graphml.keys import OWN_KEYS
from shared.archive.inspection.inspection import inspect
from shared.archive.limits import MIB, ArchiveLimits
from shared.archive.writing.secured import secured_by
from shared.archive.writing.writer import ArchiveWriter
from shared.archive.zip import segments
from shared.errors import DiskFullError, SourceChangedError, TooLargeError, UnsupportedValueError
from shared.graph import PropertyValue
from tests.support.archives.making import ENTRY, SMALL, Graph, Maker, comparable, graphs, read_back, renumbered
from tests.support.archives.small import make_entry

SLOW_FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@SLOW_FIXTURES
@given(graph=graphs())
async def test_every_graph_comes_back_equal(maker: Maker, graph: Graph) -> None:
    path, manifest = await maker.write(graph)
    assert comparable(await read_back(path)) == comparable(renumbered(graph))
    assert (await inspect(path)).manifest == manifest


@SLOW_FIXTURES
@given(graph=graphs())
async def test_batch_size_leaves_no_trace(maker: Maker, graph: Graph) -> None:
    first, _ = await maker.write(graph, batch_size=1)
    second, _ = await maker.write(graph, batch_size=1000)
    assert first.read_bytes() == second.read_bytes()


async def test_order_of_labels_or_keys_leaves_no_trace(maker: Maker) -> None:
    first, _ = await maker.write(Graph([(1, ["A", "B"], {"x": 1, "y": 2})], []))
    second, _ = await maker.write(Graph([(9, ["B", "A"], {"y": 2, "x": 1})], []))
    assert first.read_bytes() == second.read_bytes()


async def test_standard_tools_read_the_zip(maker: Maker) -> None:
    path, manifest = await maker.write(SMALL, SMALL)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", ENTRY, "applications/2/graph.graphml"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        document = archive.read(ENTRY)
        assert archive.read("manifest.json") == manifest.to_bytes()
    application = manifest.applications[0]
    assert hashlib.sha256(document).hexdigest() == application.sha256
    assert len(document) == application.bytes


async def test_many_segments_are_one_stream(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1000)
    graph = Graph([(i, ["A"], {"name": f"größe {i}"}) for i in range(500)], [])
    path, manifest = await maker.write(graph)
    with zipfile.ZipFile(path) as archive:
        assert hashlib.sha256(archive.read(ENTRY)).hexdigest() == manifest.applications[0].sha256
    assert comparable(await read_back(path)) == comparable(renumbered(graph))


async def test_the_manifest_counts(maker: Maker) -> None:
    _, manifest = await maker.write(SMALL)
    application = manifest.applications[0]
    assert (application.nodes, application.relationships, application.properties) == (3, 3, 6)
    assert application.labels == {"Object": 2, "Class": 1}
    assert application.types == {"CALLS": 2, "HAS": 1}
    assert application.fidelity == {}
    assert manifest.source.model_dump() == {"database": "source", "engine": "2026.08.1"}


async def test_fidelity_counts_what_other_readers_miss(maker: Maker) -> None:
    graph = Graph([(1, ["a:b"], {"x": -0.0, "y": b"1", "z": "\x00", "e": []}), (2, ["A"], {"x": float("nan")})], [])
    _, manifest = await maker.write(graph)
    assert manifest.applications[0].fidelity == {"labels": 1, "float": 2, "bytes": 1, "json": 1, "empty-list": 1}


async def test_nothing_of_time_or_place_is_in_it(maker: Maker) -> None:
    path, _ = await maker.write(SMALL)
    with zipfile.ZipFile(path) as archive:
        fields = json.loads(archive.read("manifest.json"))
    assert set(fields) == {
        "format", "format_version", "tool_version", "file_filter", "source", "secured_properties", "applications",
    }  # fmt: skip


async def test_secured_properties_are_left_out_and_counted(maker: Maker) -> None:
    graph = Graph(
        [(1, ["A"], {"name": "x", "dbPassword": "p", "tokenizer": "t"}), (2, ["A"], {"API_KEY": "k", "pin": 1})],
        [(0, 1, 2, "R", {"secret": "s", "dbPassword": "q"})],
    )
    path, manifest = await maker.write(graph, stripper=secured_by(make_entry("App")))
    assert manifest.secured_properties == {"dbPassword": 2, "API_KEY": 1, "secret": 1}
    assert [row[2] for row in (await read_back(path)).nodes] == [{"name": "x", "tokenizer": "t"}, {"pin": 1}]
    inspection = await inspect(path)
    assert any("dbPassword" in warning for warning in inspection.warnings)


async def test_a_node_read_twice_means_that_the_source_changed(maker: Maker) -> None:
    with pytest.raises(SourceChangedError, match="Node 7"):
        await maker.write(Graph([(7, [], {}), (8, [], {}), (7, [], {})], []))


async def test_an_end_that_was_not_read_means_that_the_source_changed(maker: Maker) -> None:
    with pytest.raises(SourceChangedError, match="Node 9"):
        await maker.write(Graph([(7, [], {})], [(0, 7, 9, "R", {})]))


@pytest.mark.parametrize(
    ("labels", "properties", "words"),
    [
        ([""], {}, "empty label"),
        (["_FerryStaged"], {}, "reserved"),
        (["A" * 16_384], {}, "16384 characters"),
        (["A"], {"_ferryX": 1}, "_ferryX"),
        (["A"], {"": 1}, "empty property key"),
        (["A"], {"x": [1, "a"]}, "'x' of node 5"),
        (["A"], {"x": None}, "NoneType"),
        (["A"], {"x": [2**63]}, "64 bits"),
        (["A"], {"x": "\x00" * 5000}, "bytes"),
        (["A"], {"x": "a" * 10_001}, "'x' of node 5 would take 10001 bytes"),
        (["A" * 9000], {}, "names of node 5"),
    ],
)
async def test_what_an_inspection_would_refuse_fails_the_export(
    maker: Maker, labels: list[str], properties: dict[str, PropertyValue], words: str
) -> None:
    with pytest.raises(UnsupportedValueError, match=words):
        await maker.write(Graph([(5, labels, properties)], []), limits=ArchiveLimits(token_bytes=10_000))


async def test_values_too_long_together_fail_the_export_as_they_would_the_inspection(maker: Maker) -> None:
    properties: dict[str, PropertyValue] = {f"x{number}": "a" * 12 * MIB for number in range(3)}
    with pytest.raises(UnsupportedValueError, match=rf"node 5 has values of {36 * MIB} bytes together.*MAX_VALUE"):
        await maker.write(Graph([(5, ["A"], properties)], []))


async def test_values_that_shrink_a_lot_still_pass_an_inspection(maker: Maker) -> None:
    limits = ArchiveLimits(ratio_floor_bytes=1000)
    path, _ = await maker.write(Graph([(i, ["A"], {"x": "a" * 1_000_000}) for i in range(5)], []), limits=limits)
    await inspect(path, limits)


async def test_an_archive_above_the_limit_is_not_written(maker: Maker) -> None:
    graph = Graph([(i, ["A"], {"x": f"{i}" * 100_000}) for i in range(40)], [])
    with pytest.raises(TooLargeError, match="1000000"):
        await maker.write(graph, batch_size=1, limits=ArchiveLimits(inflated_bytes=1_000_000))


async def test_no_more_keys_are_written_than_are_read(maker: Maker) -> None:
    graph = Graph([(i, ["A"], {f"key{i}": i}) for i in range(4)], [])
    limits = ArchiveLimits(keys=4 + OWN_KEYS)
    path, _ = await maker.write(graph, limits=limits)
    await inspect(path, limits)
    with pytest.raises(TooLargeError, match="at most 5"):
        await maker.write(graph, limits=ArchiveLimits(keys=3 + OWN_KEYS))


async def test_an_archive_above_its_limit_is_given_up(maker: Maker) -> None:
    path, _ = await maker.write(SMALL)
    size = path.stat().st_size
    await maker.write(SMALL, limits=ArchiveLimits(archive_bytes=size))
    with pytest.raises(TooLargeError, match=f"limit of {size - 1} bytes"):
        await maker.write(SMALL, limits=ArchiveLimits(archive_bytes=size - 1))


async def test_the_limit_holds_while_an_application_is_written(tmp_path: Path) -> None:
    async with ArchiveWriter.open(tmp_path / "a.zip", ArchiveLimits(archive_bytes=1_000_000)) as writer:
        application = await writer.begin(make_entry("A"), ())
        rows = [(number, ["A"], {"noise": random.Random(number).randbytes(10_000)}) for number in range(500)]
        with pytest.raises(TooLargeError, match="1000000"):
            await application.write_nodes(rows)


async def test_a_full_volume_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(file_sink, "in_thread", full)
    async with ArchiveWriter.open(tmp_path / "a.zip") as writer:
        application = await writer.begin(make_entry("A"), ())
        await application.write_nodes([(1, ["A"], {})])
        with pytest.raises(DiskFullError, match="0 bytes"):
            await application.finish()


async def test_an_unfinished_application_cannot_be_published(tmp_path: Path) -> None:
    async with ArchiveWriter.open(tmp_path / "a.zip") as writer:
        await writer.begin(make_entry("A"), ())
        with pytest.raises(RuntimeError, match="finish"):
            await writer.finish("1", "source")
