"""Small archives for tests."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shared.archive.writer import ArchiveWriter
from shared.catalogue import CatalogueEntry, service_id_of, version_id_of


def make_entry(name: str) -> CatalogueEntry:
    return CatalogueEntry(
        database="source",
        name=name,
        label=name,
        service_id=service_id_of("source", name),
        version_id=version_id_of("source", name, None),
    )


def make_archive(*names: str) -> bytes:
    """Make an archive of applications with one node each. Not for use inside a running loop."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.zip"
        asyncio.run(_write(path, names))
        return path.read_bytes()


async def _write(path: Path, names: Sequence[str]) -> None:
    async with ArchiveWriter.open(path) as writer:
        for name in names:
            application = await writer.begin(make_entry(name), ())
            await application.write_nodes([(0, ["Object"], {"name": name})])
            await application.finish()
        await writer.finish("memory", "source")
