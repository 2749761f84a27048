"""Foreign archives made for tests, read as an import reads them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.inspection.inspected_archive import open_inspected
from shared.archive.inspection.inspection import Inspection
from shared.archive.limits import ArchiveLimits
from shared.ports.archives import PendingArchive
from tests.support.archives.making import Graph, read_back
from tests.support.memory.archives import MemoryArchives

OLDER = Path(__file__).parents[2] / "data" / "archives" / "older-exporter.zip"
HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def document(body: str, keys: str = "", attributes: str = 'edgedefault="directed"') -> str:
    return f"{HEAD}{keys}<graph {attributes}>\n{body}\n</graph>\n</graphml>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What came out of an archive."""

    inspection: Inspection
    graphs: list[Graph]


async def read_foreign(
    folder: Path,
    content: bytes,
    *,
    name: str = "My App.zip",
    defaults: ForeignDefaults | None = None,
    limits: ArchiveLimits | None = None,
) -> Read:
    path = folder / "foreign"
    path.write_bytes(content)
    rooms: list[Path] = []

    def make_room() -> AbstractAsyncContextManager[PendingArchive]:
        return _noted(MemoryArchives(folder).create("acme", owner="test"), rooms)

    async with open_inspected(path, name=name, make_room=make_room, defaults=defaults, limits=limits) as archive:
        count = len(archive.inspection.manifest.applications)
        graphs = [await read_back(archive.path, application=each, batch_size=1000) for each in range(count)]
    assert not any(room.exists() for room in rooms)
    return Read(inspection=archive.inspection, graphs=graphs)


@asynccontextmanager
async def _noted(
    opening: AbstractAsyncContextManager[PendingArchive], rooms: list[Path]
) -> AsyncIterator[PendingArchive]:
    async with opening as room:
        rooms.append(room.path)
        yield room
