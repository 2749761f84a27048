from __future__ import annotations

import errno
import zipfile
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.archive.bulk import spool
from shared.archive.bulk.writer import BulkContents, BulkCsvWriter
from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.limits import ArchiveLimits
from shared.archive.values.zone_offsets import offset_at
from shared.catalogue import CatalogueEntry
from shared.errors import DiskFullError, SourceChangedError, TooLargeError, UnsupportedValueError
from shared.graph import NodeRow, OffsetDateTime, PropertyValue, SchemaEntry, Time, ZonedDateTime
from tests.support.archives.bulk import Loaded, arguments_of, array_delimiter_of, load
from tests.support.archives.making import SMALL, Graph, Maker, batches, graphs, typed
from tests.support.archives.small import make_entry

QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def bulk(tmp_path: Path) -> BulkMaker:
    return BulkMaker(tmp_path)


class BulkMaker:
    """Writes bulk exports into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    async def write(
        self,
        *made: Graph,
        batch_size: int = 1000,
        limits: ArchiveLimits | None = None,
        stripper: Callable[[str], bool] = nothing_is_secured,
        entries: list[CatalogueEntry] | None = None,
        schema: tuple[SchemaEntry, ...] = (),
    ) -> tuple[Path, BulkContents]:
        path = self._folder / f"{next(self._numbers)}.zip"
        async with BulkCsvWriter.open(path, limits) as writer:
            for number, graph in enumerate(made):
                entry = entries[number] if entries else make_entry(f"App {number}")
                application = await writer.begin(entry, schema, stripper)
                for nodes in batches(graph.nodes, batch_size):
                    await application.write_nodes(nodes)
                for relationships in batches(graph.relationships, batch_size):
                    await application.write_relationships(relationships)
                await application.finish()
            contents = await writer.finish("2026.08.1", "source")
        return path, contents


def readme_of(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("README.txt").decode()


def is_carried(key: str, value: PropertyValue) -> bool:
    """What the README promises, said a second time."""
    if set(key) & set("({\r\n") or value in ([], [""], b""):
        return False
    for each in value if isinstance(value, list) else [value]:
        match each:
            case Time(offset_seconds=offset) | OffsetDateTime(offset_seconds=offset) if offset % 60:
                return False
            case ZonedDateTime(seconds=seconds, zone=zone) if offset_at(zone, seconds) % 60:
                return False
    return True


def carried(properties: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {key: properties[key] for key in sorted(properties) if is_carried(key, properties[key])}


def expected(graph: Graph, label: str) -> object:
    ids = {row[0]: number for number, row in enumerate(graph.nodes, start=1)}
    nodes = {ids[row[0]]: (sorted({*row[1], label}), carried(row[2])) for row in graph.nodes}
    relationships = [(ids[row[1]], ids[row[2]], row[3], carried(row[4])) for row in graph.relationships]
    return comparable(nodes, relationships)


def found(loaded: Loaded) -> object:
    nodes = {number: (sorted(labels), properties) for number, (labels, properties) in loaded.nodes.items()}
    return comparable(nodes, loaded.relationships)


def comparable(
    nodes: Mapping[int, object], relationships: list[tuple[int, int, str, dict[str, PropertyValue]]]
) -> object:
    return sorted(str(typed(each)) for each in nodes.items()), sorted(str(typed(each)) for each in relationships)


@given(graph=graphs(), batch_size=st.integers(1, 5))
@QUICK
async def test_every_value_that_csv_carries_comes_back(bulk: BulkMaker, graph: Graph, batch_size: int) -> None:
    path, contents = await bulk.write(graph, batch_size=batch_size)
    assert found(load(path)) == expected(graph, "App 0")
    assert (contents.applications[0].nodes, contents.applications[0].relationships) == (
        len(graph.nodes),
        len(graph.relationships),
    )


@given(graph=graphs())
@QUICK
async def test_the_same_graph_gives_the_same_bytes_in_batches_of_any_size(bulk: BulkMaker, graph: Graph) -> None:
    one, _ = await bulk.write(graph, batch_size=1)
    all_at_once, _ = await bulk.write(graph)
    assert one.read_bytes() == all_at_once.read_bytes()


async def test_the_digest_is_that_of_an_archive(bulk: BulkMaker, maker: Maker) -> None:
    _, contents = await bulk.write(SMALL)
    _, manifest = await maker.write(SMALL)
    assert contents.applications[0].digest == manifest.applications[0].digest


async def test_there_is_one_file_for_each_label_set_and_set_of_typed_keys(bulk: BulkMaker) -> None:
    nodes = [["A"], ["B", "A"], ["A", "B"], ["A"], ["A"]]
    values: list[dict[str, PropertyValue]] = [{"x": 1}, {"x": 1}, {"x": 2}, {"x": "1"}, {"x": 3}]
    path, _ = await bulk.write(Graph([(i, nodes[i], values[i]) for i in range(5)], [(0, 0, 1, "R", {})]))
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".csv")}
    assert texts == {
        "applications/1/catalogue-00001.csv": ":ID,:LABEL,Kind:string,Label:string,Name:string\n"
        '0,"Application","APPLICATION","App 0","App 0"\n',
        "applications/1/nodes-00001.csv": ':ID,:LABEL,x:long\n1,"A\x1fApp 0",1\n5,"A\x1fApp 0",3\n',
        "applications/1/nodes-00002.csv": ':ID,:LABEL,x:long\n2,"A\x1fApp 0\x1fB",1\n3,"A\x1fApp 0\x1fB",2\n',
        "applications/1/nodes-00003.csv": ':ID,:LABEL,x:string\n4,"A\x1fApp 0","1"\n',
        "applications/1/relationships-00001.csv": ':START_ID,:END_ID,:TYPE\n1,2,"R"\n',
    }


async def test_the_catalogue_node_is_what_an_import_would_write(bulk: BulkMaker) -> None:
    entry = CatalogueEntry(
        database="source",
        name="Shop",
        label="Shop@2.0.0",
        version="2.0.0",
        kind="SERVICE",
        service_id="s",
        version_id="v",
        properties={"Owner": "me", "Tags": ["a", "b"], "dbPassword": "x"},
    )
    path, contents = await bulk.write(Graph([], []), entries=[entry], stripper=lambda key: key == "dbPassword")
    assert load(path).catalogue == [
        {
            "Name": "Shop",
            "Label": "Shop@2.0.0",
            "Version": "2.0.0",
            "Kind": "SERVICE",
            "Owner": "me",
            "Tags": ["a", "b"],
        }
    ]
    facts = contents.applications[0]
    assert (facts.folder, facts.service_id, facts.version_id) == ("source", "s", "v")


@pytest.mark.parametrize(
    "row",
    [
        (2, ["A"], {"x": ["a\x1fb", "c"]}),
        (2, ["A"], {"x": "a\x1fb"}),
        (2, ["A\x1f"], {}),
        (2, ["A"], {"x": ["\x1f\x1e\x1d", "\x1c"]}),
    ],
)
async def test_the_array_delimiter_is_in_no_value(
    bulk: BulkMaker, row: tuple[int, list[str], dict[str, PropertyValue]]
) -> None:
    before: list[NodeRow] = [(i, ["A", "B"], {"x": ["a", "b\x1e"]}) for i in (0, 1)]
    graph = Graph([*before, row, (3, ["A", "B"], {"x": ["\ue000", ""]})], [])
    path, _ = await bulk.write(graph)
    texts = [*row[1], *(text for value in row[2].values() if isinstance(value, str | list) for text in value)]
    assert array_delimiter_of(path) not in "".join(map(str, texts)) + "\x1e\ue000"
    assert found(load(path)) == expected(graph, "App 0")


async def test_many_delimiters_in_the_data_leave_one_for_all_files(bulk: BulkMaker) -> None:
    texts = [chr(code) for code in (*range(0x1F, 0x1B, -1), *range(0xE000, 0xE020))]
    graph = Graph([(i, ["A"], {"x": ["a", text], f"k{i % 3}": i}) for i, text in enumerate(texts)], [])
    path, _ = await bulk.write(graph)
    assert array_delimiter_of(path) == "\ue020"
    assert found(load(path)) == expected(graph, "App 0")


async def test_data_of_every_character_are_refused(bulk: BulkMaker) -> None:
    everything = "".join(chr(code) for code in range(0xFFF0) if not 0xD800 <= code < 0xE000)
    with pytest.raises(UnsupportedValueError, match="every character"):
        await bulk.write(Graph([(0, ["A"], {"x": [everything, ""]})], []))


async def test_rows_beyond_a_piece_stay_in_order(bulk: BulkMaker) -> None:
    graph = Graph([(i, ["A"], {"x": f"{i}" * 20_000}) for i in range(120)], [])
    path, _ = await bulk.write(graph)
    assert list(load(path).nodes) == list(range(1, 121))
    assert found(load(path)) == expected(graph, "App 0")


@pytest.mark.parametrize(("text", "is_needed"), [("a\nb", True), ("a\rb", True), ("a\x85b", False), ("ab", False)])
async def test_line_breaks_in_values_are_allowed_only_where_there_are_some(
    bulk: BulkMaker, text: str, is_needed: bool
) -> None:
    path, _ = await bulk.write(Graph([(0, ["A"], {"x": text})], []))
    assert ("--multiline-fields=true" in arguments_of(path)) is is_needed


async def test_a_long_row_gets_a_buffer_that_holds_it(bulk: BulkMaker) -> None:
    path, _ = await bulk.write(Graph([(0, ["A"], {"x": "a" * 5_000_000})], []))
    (option,) = (each for each in arguments_of(path) if each.startswith("--read-buffer-size="))
    assert int(option.partition("=")[2]) >= 10_000_000


async def test_the_readme_has_the_command_and_names_what_stays_behind(bulk: BulkMaker) -> None:
    graph = Graph(
        nodes=[
            (0, ["A"], {"list": [], "f(x)": 1, "secret": "x", "ok": 1}),
            (1, ["A"], {"list": [], "at": Time(0, 30), "when": ZonedDateTime(0, 0, "Nowhere/Land")}),
        ],
        relationships=[(0, 0, 1, "R", {"texts": [""], "bytes": b""})],
    )
    index = SchemaEntry(
        kind="index", name="by name", type="RANGE", entity="NODE", labels_or_types=("A",), properties=("ok",)
    )
    path, _ = await bulk.write(graph, stripper=lambda key: key == "secret", schema=(index,))
    readme = readme_of(path)
    assert "neo4j-admin database import full neo4j @arguments.txt" in readme
    for argument in arguments_of(path):
        assert argument in readme
    for line in (
        "'list' of 2 nodes of application 'App 0': an empty list",
        "'f(x)' of 1 nodes of application 'App 0': a property key with a parenthesis",
        "'at' of 1 nodes of application 'App 0': an offset with seconds",
        "'when' of 1 nodes of application 'App 0': a time zone whose rules",
        "'texts' of 1 relationships of application 'App 0': a list of one empty string",
        "'bytes' of 1 relationships of application 'App 0': an empty list",
        "'secret' of 1 nodes or relationships of application 'App 0': left out as secret",
        "To be created after loading: RANGE index 'by name' on NODE 'A' ('ok').",
    ):
        assert line in readme
    assert load(path).nodes[1] == ({"A", "App 0"}, {"ok": 1})


async def test_a_readme_says_when_all_is_carried(bulk: BulkMaker) -> None:
    path, _ = await bulk.write(SMALL)
    assert "Every property of this export is carried." in readme_of(path)


async def test_a_node_of_two_applications_is_written_once(bulk: BulkMaker) -> None:
    first = Graph(
        [(1, ["A", "App 1"], {}), (2, ["B"], {}), (3, ["App 1"], {})], [(0, 1, 3, "R", {}), (1, 1, 2, "R", {})]
    )
    second = Graph(
        [(1, ["A", "App 0"], {}), (3, ["App 0"], {}), (9, ["C"], {})], [(0, 1, 3, "R", {}), (7, 9, 1, "S", {})]
    )
    path, contents = await bulk.write(first, second)
    loaded = load(path)
    assert loaded.nodes == {
        1: ({"A", "App 0", "App 1"}, {}),
        2: ({"B", "App 0"}, {}),
        3: ({"App 0", "App 1"}, {}),
        7: ({"C", "App 1"}, {}),
    }
    assert sorted(each[:3] for each in loaded.relationships) == [(1, 2, "R"), (1, 3, "R"), (7, 1, "S")]
    assert [each.nodes for each in contents.applications] == [3, 3]
    assert len(loaded.catalogue) == 2


async def test_nodes_of_two_databases_are_told_apart(bulk: BulkMaker) -> None:
    other = CatalogueEntry(database="other", name="B", label="B", service_id="s", version_id="v")
    graph = Graph([(1, [], {}), (2, [], {})], [(0, 1, 2, "R", {})])
    path, _ = await bulk.write(graph, graph, entries=[make_entry("A"), other])
    loaded = load(path)
    assert {number: labels for number, (labels, _) in loaded.nodes.items()} == {1: {"A"}, 2: {"A"}, 4: {"B"}, 5: {"B"}}
    assert sorted(each[:2] for each in loaded.relationships) == [(1, 2), (4, 5)]


async def test_a_node_read_twice_means_that_the_source_changed(bulk: BulkMaker) -> None:
    with pytest.raises(SourceChangedError, match="Node 7"):
        await bulk.write(Graph([(7, [], {}), (8, [], {}), (7, [], {})], []))


async def test_an_end_that_was_not_read_means_that_the_source_changed(bulk: BulkMaker) -> None:
    with pytest.raises(SourceChangedError, match="Node 9"):
        await bulk.write(Graph([(7, [], {})], [(0, 7, 9, "R", {})]))


@pytest.mark.parametrize("limits", [ArchiveLimits(inflated_bytes=1_000_000), ArchiveLimits(archive_bytes=100)])
async def test_an_export_above_a_limit_is_not_written(bulk: BulkMaker, limits: ArchiveLimits) -> None:
    graph = Graph([(i, ["A"], {"x": f"{i}" * 100_000}) for i in range(40)], [])
    with pytest.raises(TooLargeError):
        await bulk.write(graph, batch_size=1, limits=limits)


async def test_a_full_volume_is_named(bulk: BulkMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool.BulkSpool, "store", full)
    with pytest.raises(DiskFullError, match="0 bytes"):
        await bulk.write(SMALL)
