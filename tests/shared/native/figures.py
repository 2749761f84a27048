"""Prints what an element costs on its way from the wire to lines: `python -m tests.shared.native.figures`.

Both ways take the same records in turn, so that the ratio holds on a busy machine too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from infra.bench.graphs import BenchGraph, power_law, wide
from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.graph_lines import GraphLines
from shared.archive.writing.packed_lines import PackedLines
from shared.native.packstream import open_list
from shared.packed_rows import PackedRows
from tests.support.packing import READING, pack, unpack

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


def write_strictly(records: Records, lines: GraphLines) -> int:
    """Write them by Python alone; return how many bytes came out."""
    size = 0
    for sort, content in records:
        write = lines.write_nodes if sort is Sort.NODE else lines.write_relationships
        size += len(write(unpack(content)))
    return size


def write_packed(records: Records, lines: GraphLines) -> int:
    """Write them by the compiled codec."""
    packed, size = PackedLines(lines, ArchiveLimits()), 0
    for sort, content in records:
        count, at = open_list(content)
        size += sum(map(len, packed.write(sort, PackedRows(content, at=at, count=count, reading=READING))))
    packed.settle()
    return size


def cost(write: Callable[[Records, GraphLines], int], records: Records) -> tuple[float, object]:
    """Return the processor seconds, and what was written."""
    lines = GraphLines("figures", ArchiveLimits(), nothing_is_secured)
    began = time.process_time()
    size = write(records, lines)
    seconds = time.process_time() - began
    written = size, lines.digest.hexdigest(), lines.tally.properties
    lines.digest.close()
    return seconds, written


def main() -> None:
    """Print a line for each graph."""
    for make, elements in ((power_law, 60_000), (wide, 20_000)):
        graph = make(elements)
        records = make_records(graph)
        pairs = [(cost(write_strictly, records), cost(write_packed, records)) for _ in range(ROUNDS)]
        assert all(strict[1] == packed[1] for strict, packed in pairs)
        strict, packed = (min(pair[way][0] for pair in pairs) / elements * 1e6 for way in (0, 1))
        print(f"{graph.name}: by Python {strict:.2f} microseconds an element, by the codec {packed:.2f}")
        print(f"  ratio {packed / strict:.2f}")


if __name__ == "__main__":
    main()
