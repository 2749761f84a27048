"""Prints what an element costs between the wire and lines: `python -m tests.shared.native.figures`.

Both ways take the same records, and the same lines, in turn, so that the ratio holds on a busy machine too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from infra.bench.graphs import BenchGraph, power_law, wide
from shared.adapters.neo4j.packed import pack_relationships
from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.digests.read_back import ReadBack
from shared.archive.graphml.keys import DOCUMENT_END, Sort, document_start
from shared.archive.inspection.judging import LineJudge, StrictJudge
from shared.archive.limits import ArchiveLimits
from shared.archive.reading.document import LineDocument, StrictDocument
from shared.archive.reading.feed import LineFeed
from shared.archive.reading.packed_sink import PackedSink
from shared.archive.reading.sinks import RowSink
from shared.archive.writing.graph_lines import GraphLines
from shared.archive.writing.packed_lines import PackedLines
from shared.archive.zip.entry_reader import PIECE_BYTES
from shared.native.packstream import open_list
from shared.packing.mapped_arrays import mapped_integers
from shared.packing.ordinals import OrdinalIndex
from shared.packing.rows import PackedRows
from tests.support.packing import READING, WIRE, pack, unpack

ROUNDS = 3
ROWS_PER_RECORD = 1_000

Records = Sequence[tuple[Sort, bytes]]


def make_records(graph: BenchGraph) -> Records:
    """Return what a server would send."""
    nodes = [[at, list(labels), dict(values)] for at, (labels, values) in enumerate(graph.nodes())]
    edges = [
        [at, start, end, name, dict(values)] for at, (name, start, end, values) in enumerate(graph.relationships())
    ]
    return [(sort, pack(part)) for sort, rows in ((Sort.NODE, nodes), (Sort.EDGE, edges)) for part in _cut(rows)]


def _cut(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[at : at + ROWS_PER_RECORD] for at in range(0, len(rows), ROWS_PER_RECORD))


def write_strictly(records: Records, lines: GraphLines) -> bytes:
    """Write them by Python alone."""
    parts: list[bytes] = []
    for sort, content in records:
        write = lines.write_nodes if sort is Sort.NODE else lines.write_relationships
        parts.append(write(unpack(content)))
    return b"".join(parts)


def write_packed(records: Records, lines: GraphLines) -> bytes:
    """Write them by the compiled codec."""
    packed, parts = PackedLines(lines, ArchiveLimits()), list[bytes]()
    for sort, content in records:
        count, at = open_list(content)
        parts += packed.write(sort, PackedRows(content, at=at, count=count, reading=READING))
    packed.settle()
    return b"".join(parts)


Written = tuple[bytes, object]
"""A document, and what was counted."""


def cost_of_writing(write: Callable[[Records, GraphLines], bytes], records: Records) -> tuple[float, Written]:
    """Return the processor seconds, and what was written."""
    lines = GraphLines("figures", ArchiveLimits(), nothing_is_secured)
    began = time.process_time()
    body = write(records, lines)
    seconds = time.process_time() - began
    counted = lines.digest.hexdigest(), lines.tally.properties
    lines.digest.close()
    return seconds, (document_start(lines.tally.keys).encode() + body + DOCUMENT_END.encode(), counted)


def cost_of_judging(judge: StrictJudge, content: bytes) -> tuple[float, object]:
    """Return the processor seconds, and what was found."""
    reading = judge.open("figures")
    began = time.process_time()
    for at in range(0, len(content), PIECE_BYTES):
        reading.feed(content[at : at + PIECE_BYTES])
        judge.settle()
    reading.close()
    judge.settle()
    seconds = time.process_time() - began
    judge.digest.close()
    return seconds, (judge.digest.hexdigest(), judge.ordinal_digest.hexdigest(), judge.tally.properties)


def pack_plainly(content: bytes, ids: memoryview) -> tuple[float, object]:
    """Read rows and pack them by the driver; return the processor seconds, and what would be sent."""
    sink = RowSink()
    feed = StrictDocument("figures", ArchiveLimits(), sink)

    def take() -> Iterator[bytes]:
        if nodes := sink.pop_nodes():
            yield pack([[list(row[1]), row[2]] for row in nodes])
        if edges := sink.pop_relationships():
            yield pack([[ids[row[1]], ids[row[2]], row[3], row[4]] for row in edges])

    return _cost_of_packing(feed, content, take)


def pack_lines(content: bytes, ids: memoryview) -> tuple[float, object]:
    """Pack rows by the codec."""
    sink = PackedSink(ArchiveLimits(), WIRE)
    feed = LineFeed(LineDocument("figures", ArchiveLimits(), sink))

    def take() -> Iterator[bytes]:
        if nodes := sink.pop_nodes():
            yield nodes.as_list()
        if edges := sink.pop_relationships():
            yield pack_relationships(edges, ids).content

    return _cost_of_packing(feed, content, take)


def _cost_of_packing(
    feed: StrictDocument | LineFeed, content: bytes, take: Callable[[], Iterator[bytes]]
) -> tuple[float, object]:
    sent: list[bytes] = []
    began = time.process_time()
    for at in range(0, len(content), PIECE_BYTES):
        feed.feed(content[at : at + PIECE_BYTES])
        sent += take()
    feed.close()
    sent += take()
    return time.process_time() - began, sent


def cost_of_reading_back(records: Records, *, packed: bool, nodes: int) -> tuple[float, object]:
    """Add up what a server sends of an import's elements; return the processor seconds, and the digest."""
    index = OrdinalIndex()
    index.append(range(nodes))
    reading = replace(READING, ordinals=index)
    back = ReadBack(ArchiveLimits(), first=0)
    began = time.process_time()
    for sort, content in records:
        count, at = open_list(content)
        rows: Sequence[Any] = PackedRows(content, at=at, count=count, reading=reading) if packed else unpack(content)
        (back.add_nodes if sort is Sort.NODE else back.add_relationships)(rows)
    return time.process_time() - began, back.digest.hexdigest()


def tell(what: str, elements: int, rounds: Sequence[tuple[tuple[float, object], tuple[float, object]]]) -> None:
    """Print the least that each way took."""
    assert all(strict[1] == packed[1] for strict, packed in rounds)
    strict, packed = (min(each[way][0] for each in rounds) / elements * 1e6 for way in (0, 1))
    print(f"{what}: by Python {strict:.2f} microseconds an element, by the codec {packed:.2f}")
    print(f"  ratio {packed / strict:.2f}")


def main() -> None:
    """Print lines for each graph."""
    limits = ArchiveLimits()
    for make, elements in ((power_law, 60_000), (wide, 20_000)):
        graph = make(elements)
        records = make_records(graph)
        written = [
            (cost_of_writing(write_strictly, records), cost_of_writing(write_packed, records)) for _ in range(ROUNDS)
        ]
        tell(f"{graph.name}, writing", elements, written)
        content = written[0][0][1][0]
        judged = [
            (cost_of_judging(StrictJudge(limits), content), cost_of_judging(LineJudge(limits), content))
            for _ in range(ROUNDS)
        ]
        tell(f"{graph.name}, judging", elements, judged)
        ids = mapped_integers(elements, "q", first=0)
        packed = [(pack_plainly(content, ids), pack_lines(content, ids)) for _ in range(ROUNDS)]
        tell(f"{graph.name}, parameters", elements, packed)
        read = [
            (
                cost_of_reading_back(records, packed=False, nodes=elements),
                cost_of_reading_back(records, packed=True, nodes=elements),
            )
            for _ in range(ROUNDS)
        ]
        tell(f"{graph.name}, reading back", elements, read)


if __name__ == "__main__":
    main()
