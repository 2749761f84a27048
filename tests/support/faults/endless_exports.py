"""Exports one application over and over, until somebody kills the process."""

from __future__ import annotations

import asyncio
import sys
from itertools import pairwise
from pathlib import Path

from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.moves import Mover

NODES = 400
BATCH_SIZE = 50


async def export_forever(data_dir: Path) -> None:
    data = MemoryDatabase("left")
    nodes = [data.add_node(["App"], {"number": number, "text": "x" * 2000}) for number in range(NODES)]
    for start, end in pairwise(nodes):
        data.add_relationship(start, end, "NEXT", {"weight": start})
    mover = Mover(data_dir=data_dir, sources={"left": MemorySource(data)}, targets={})
    await mover.archives.remove_abandoned()
    while True:
        sys.stdout.write("exporting\n")
        sys.stdout.flush()
        await mover.export("App", database="left", batch_size=BATCH_SIZE)


if __name__ == "__main__":
    asyncio.run(export_forever(Path(sys.argv[1])))
