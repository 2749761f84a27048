"""A process that inspects an archive as an import does, then says with what it was refused, and its peak memory."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

import orjson

from shared.archive.inspection.inspected_archive import open_inspected
from shared.errors import InvalidArchiveError
from tests.support.memory.archives import MemoryArchives
from tests.support.peaks import peak_of


async def inspect(path: Path) -> str:
    """Return the message of the refusal."""
    make_room = partial(MemoryArchives(path.parent).create, "acme", owner="test")
    try:
        async with open_inspected(path, name=path.name, make_room=make_room):
            return ""
    except InvalidArchiveError as error:
        return error.message


if __name__ == "__main__":
    REFUSAL = asyncio.run(inspect(Path(sys.argv[1])))
    sys.stdout.buffer.write(orjson.dumps({"refusal": REFUSAL, "peak": peak_of("self")}))
