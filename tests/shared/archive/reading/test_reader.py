from __future__ import annotations

import zipfile
from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.archive.limits import MIB, ArchiveLimits
from shared.archive.reading.document import LineDocument, StrictDocument
from shared.archive.reading.feed import LineFeed
from shared.archive.reading.packed_sink import PackedSink
from shared.archive.reading.plain_wire import PLAIN_WIRE
from shared.archive.reading.reader import BATCH_BYTES, ArchiveReader
from shared.archive.reading.sinks import RowSink
from shared.errors import InvalidArchiveError, UnsupportedValueError
from shared.packing.elements import Wire
from tests.support.archives.making import (
    ENTRY,
    FOOTER,
    HEADER,
    SMALL,
    Graph,
    Maker,
    comparable,
    graphs,
    read_back,
    renumbered,
)
from tests.support.packing import WIRE

PLAIN_NODE = '<node id="n{}" labels=":A"><data key="labels">:A</data><data key="n.name.s">{}</data></node>\n'


def read_lines(content: bytes, piece: int = 1000) -> tuple[object, object]:
    """Read by the codec, where it can; the outcome is rows, or what was refused where."""
    sink = PackedSink(ArchiveLimits(), PLAIN_WIRE)
    feed = LineFeed(LineDocument("x", ArchiveLimits(), sink))
    try:
        for start in range(0, len(content), piece):
            feed.feed(content[start : start + piece])
        feed.close()
    except InvalidArchiveError as error:
        return str(error), error.line
    return comparable(Graph(list(sink.pop_nodes()), list(sink.pop_relationships()))), None


def read_strictly(content: bytes) -> tuple[object, object]:
    """Read by the strict reader alone."""
    sink = RowSink()
    document = StrictDocument("x", ArchiveLimits(), sink)
    try:
        document.feed(content)
        document.close()
    except InvalidArchiveError as error:
        return str(error), error.line
    return comparable(Graph(sink.nodes, sink.relationships)), None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(graph=graphs(), copies=st.integers(1, 3), piece=st.sampled_from([1, 64, 333, 100_000]))
async def test_reading_lines_is_reading_strictly(maker: Maker, graph: Graph, copies: int, piece: int) -> None:
    """Copies bring shapes back that were learnt before."""
    step = 1 + max((row[0] for row in graph.nodes), default=0)
    repeated = Graph(
        [(row[0] + step * turn, row[1], row[2]) for turn in range(copies) for row in graph.nodes],
        [
            (row[0], row[1] + step * turn, row[2] + step * turn, row[3], row[4])
            for turn in range(copies)
            for row in graph.relationships
        ],
    )
    path, _ = await maker.write(repeated)
    content = zipfile.ZipFile(path).read(ENTRY)
    assert read_lines(content, piece) == read_strictly(content) == (comparable(renumbered(repeated)), None)


INSERTIONS = [
    *["", "<", ">", "&", "&amp;", "&#65;", "\r", "\x00", "\x1b", "é", "\ufffe", "x", "0", "-", "\n", " ", '"'],
    *["<!--", "-->", "<![CDATA[", "]]>", "<?x?>", "<!DOCTYPE a>", "<x/>", "<node>", "</graph>", "</data>"],
    *["</node>\n", "</edge>\n", '<edge id="e0" source="n0" target="n0" ', '<node id="n1"/>', '<data key="n.name.s">'],
]
MUTATIONS = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(INSERTIONS), st.integers(0, 12)), min_size=1, max_size=3
)


@settings(deadline=None, max_examples=400)
@given(mutations=MUTATIONS, piece=st.sampled_from([50, 100_000]))
def test_damaged_documents_read_the_same_both_ways(mutations: list[tuple[float, str, int]], piece: int) -> None:
    nodes = "".join(PLAIN_NODE.format(number, f"x{number}\n") for number in range(6))
    edges = "".join(
        f'<edge id="e{number}" source="n{number}" target="n0" label="R"><data key="label">R</data></edge>\n'
        for number in range(6)
    )
    text = HEADER + nodes + edges + FOOTER
    for place, insertion, removed in mutations:
        at = int(place * len(text))
        text = text[:at] + insertion + text[at + removed :]
    content = text.encode()
    assert read_lines(content, piece) == read_strictly(content)


@pytest.mark.parametrize(
    "disguise",
    [
        "<!-- " + PLAIN_NODE.format(1, "hidden") + " -->\n",
        "<desc><![CDATA[" + PLAIN_NODE.format(1, "hidden") + "]]></desc>\n",
    ],
)
def test_what_only_looks_like_an_element_is_none(disguise: str) -> None:
    text = HEADER + PLAIN_NODE.format(0, "a") + disguise + PLAIN_NODE.format(1, "b") + FOOTER
    rows, _ = read_lines(text.encode())
    assert rows == read_strictly(text.encode())[0]
    assert "hidden" not in str(rows)


def test_keys_that_say_something_else_are_believed() -> None:
    header = HEADER.replace('id="n.name.s" for="node" attr.name="name"', 'id="n.name.s" for="node" attr.name="other"')
    text = header + "".join(PLAIN_NODE.format(number, number) for number in range(3)) + FOOTER
    assert read_lines(text.encode()) == read_strictly(text.encode())
    assert "'name'" not in str(read_lines(text.encode()))


def test_lines_are_right_after_elements_that_the_codec_read() -> None:
    nodes = "".join(PLAIN_NODE.format(number, "a\nb") for number in range(100))
    text = HEADER + nodes + PLAIN_NODE.format(7, "again") + FOOTER
    message, line = read_lines(text.encode())
    assert "'n7' has an id that is used before" in str(message)
    assert line == text[: text.index("again")].count("\n") + 1


@pytest.mark.parametrize("excess", [0, 1])
async def test_a_node_with_more_labels_than_can_be_written_is_refused_on_both_sides(maker: Maker, excess: int) -> None:
    names = [f"L{number}" for number in range(ArchiveLimits().labels + excess)]
    text = HEADER + PLAIN_NODE.format(0, "first").replace(":A", ":" + ":".join(names)) + FOOTER
    outcome, _ = read_lines(text.encode())
    assert (outcome, _) == read_strictly(text.encode())
    assert ("at most 4096 are allowed on one node" in str(outcome)) is bool(excess)
    with pytest.raises(UnsupportedValueError, match="node 0 carries 4097 labels") if excess else nullcontext():
        await maker.write(Graph([(0, names, {})], []))


WIRES = pytest.mark.parametrize("wire", [PLAIN_WIRE, WIRE], ids=["plain", "of Bolt"])


@WIRES
async def test_batches_are_full_and_resumable(maker: Maker, wire: Wire) -> None:
    path, _ = await maker.write(
        Graph([(i, ["A"], {"x": i}) for i in range(10)], [(i, i, 0, "R", {}) for i in range(10)])
    )
    async with ArchiveReader.open(path) as reader:
        application = reader.manifest.applications[0]
        nodes = [rows async for rows in reader.read_nodes(application, batch_size=4, first_ordinal=3, wire=wire)]
        assert [[row[0] for row in rows] for rows in nodes] == [[3, 4, 5, 6], [7, 8, 9]]
        relationships = [
            list(rows)
            async for rows in reader.read_relationships(application, batch_size=4, first_ordinal=9, wire=wire)
        ]
        assert relationships == [[(9, 9, 0, "R", {})]]
        assert [rows async for rows in reader.read_nodes(application, batch_size=4, first_ordinal=10, wire=wire)] == []


@pytest.mark.parametrize("size", [2, 9])
@WIRES
async def test_batches_of_long_values_are_cut_by_their_bytes(maker: Maker, size: int, wire: Wire) -> None:
    text = "y" * size * MIB
    graph = Graph([(i, ["A"], {"x": text}) for i in range(5)], [(i, i, 0, "R", {"x": text}) for i in range(5)])
    path, _ = await maker.write(graph)
    most = max(1, BATCH_BYTES // (size * MIB) + 1)
    async with ArchiveReader.open(path) as reader:
        application = reader.manifest.applications[0]
        rows = [len(rows) async for rows in reader.read_nodes(application, batch_size=1000, wire=wire)]
        assert (sum(rows), max(rows) <= most) == (5, True)
        rows = [len(rows) async for rows in reader.read_relationships(application, batch_size=1000, wire=wire)]
        assert (sum(rows), max(rows) <= most) == (5, True)


async def test_a_consumer_may_stop_early(maker: Maker) -> None:
    path, _ = await maker.write(Graph([(i, ["A"], {}) for i in range(5000)], []))
    async with ArchiveReader.open(path) as reader:
        batches = reader.read_nodes(reader.manifest.applications[0], batch_size=10)
        assert len(await anext(batches)) == 10
        await batches.aclose()  # type: ignore[attr-defined]


async def test_several_applications(maker: Maker) -> None:
    other = Graph([(1, ["Z"], {})], [])
    path, _ = await maker.write(SMALL, other)
    assert comparable(await read_back(path, application=0)) == comparable(renumbered(SMALL))
    assert comparable(await read_back(path, application=1)) == comparable(renumbered(other))
