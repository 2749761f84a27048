"""Small archives for tests."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shared.archive.writing.writer import ArchiveWriter
from shared.catalogue import CatalogueEntry, service_id_of, version_id_of


def make_entry(name: str) -> CatalogueEntry:
    return CatalogueEntry(
        database="source",
        name=name,
        label=name,
        service_id=service_id_of("source", name),
        version_id=version_id_of("source", name, None),
    )


def make_archive(*names: str, texts: Sequence[str] = ("",), label: str = "Object") -> bytes:
    """Make an archive of applications with a node of this label for each text. Not for use inside a running loop."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.zip"
        asyncio.run(_write(path, names, texts, label))
        return path.read_bytes()


async def _write(path: Path, names: Sequence[str], texts: Sequence[str], label: str) -> None:
    async with ArchiveWriter.open(path) as writer:
        for name in names:
            application = await writer.begin(make_entry(name), ())
            nodes = [(number, [label], {"name": name + text}) for number, text in enumerate(texts)]
            await application.write_nodes(nodes)
            await application.finish()
        await writer.finish("memory", "source")
