"""Archives made for tests, whole ones and broken ones."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st

from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import Manifest, graph_entry
from shared.archive.reading.reader import ArchiveReader
from shared.archive.writing.writer import ArchiveWriter
from shared.graph import NodeRow, RelationshipRow
from shared.references import ExternalReference
from tests.support.archives.small import make_entry
from tests.support.values import NAMES, PROPERTIES

Row = TypeVar("Row")

ENTRY = graph_entry(1)

HEADER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:f="urn:graphferry:graphml" f:version="1">\n'
    '<key id="labels" for="node" attr.name="labels" attr.type="string"/>\n'
    '<key id="label" for="edge" attr.name="label" attr.type="string"/>\n'
    '<key id="n.name.s" for="node" attr.name="name" attr.type="string"/>\n'
    '<key id="n.size.i" for="node" attr.name="size" attr.type="long"/>\n'
    '<graph id="G" edgedefault="directed">\n'
)
FOOTER = "</graph>\n</graphml>\n"


@dataclass(frozen=True)
class Graph:
    nodes: list[NodeRow]
    relationships: list[RelationshipRow]


SMALL = Graph(
    nodes=[
        (3, ["Object", "Class"], {"name": "a", "size": 1}),
        (7, ["Object"], {"name": "b <&>", "weight": 1.5}),
        (4711, [], {}),
    ],
    relationships=[(0, 3, 7, "CALLS", {"line": 12}), (5, 3, 3, "CALLS", {}), (2, 4711, 7, "HAS", {"ok": True})],
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    ids = sorted(draw(st.sets(st.integers(0, 100_000), max_size=8)))
    nodes: list[NodeRow] = [(each, draw(st.lists(NAMES, max_size=3, unique=True)), draw(PROPERTIES)) for each in ids]
    if not ids:
        return Graph(nodes, [])
    ends = draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=8))
    return Graph(nodes, [(i, s, e, draw(NAMES), draw(PROPERTIES)) for i, (s, e) in enumerate(sorted(ends))])


@dataclass(frozen=True)
class Maker:
    """Writes archives into a folder."""

    folder: Path

    def path(self) -> Path:
        return next(each for number in count() if not (each := self.folder / f"{number}.zip").exists())

    async def write(
        self,
        *made: Graph,
        batch_size: int = 1000,
        limits: ArchiveLimits | None = None,
        stripper: Callable[[str], bool] = nothing_is_secured,
    ) -> tuple[Path, Manifest]:
        path = self.path()
        async with ArchiveWriter.open(path, limits) as writer:
            for number, graph in enumerate(made):
                application = await writer.begin(make_entry(f"App {number}"), (), stripper)
                for nodes in batches(graph.nodes, batch_size):
                    await application.write_nodes(nodes)
                for relationships in batches(graph.relationships, batch_size):
                    await application.write_relationships(relationships)
                await application.finish()
            manifest = await writer.finish("2026.08.1", "source")
        return path, manifest

    async def with_document(self, text: str | bytes, **changes: Any) -> Path:
        """Write an archive around a document of any kind, whose manifest says the right size and hash."""
        content = text.encode() if isinstance(text, str) else text
        _, manifest = await self.write(Graph([], []))
        fields = json.loads(manifest.to_bytes())
        fields["applications"][0] |= {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            **changes,
        }
        return self.zipped({"manifest.json": json.dumps(fields).encode(), ENTRY: content})

    def zipped(self, entries: dict[str, bytes]) -> Path:
        path = self.path()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
        return path


def batches(rows: Sequence[Row], size: int) -> Iterable[Sequence[Row]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def renumbered(graph: Graph) -> Graph:
    """Return what must come out of an archive: ordinals for ids, labels sorted."""
    ordinals = {row[0]: number for number, row in enumerate(graph.nodes)}
    return Graph(
        nodes=[(ordinals[row[0]], tuple(sorted(row[1])), dict(row[2])) for row in graph.nodes],
        relationships=[
            (number, ordinals[row[1]], ordinals[row[2]], row[3], dict(row[4]))
            for number, row in enumerate(graph.relationships)
        ],
    )


async def read_back(path: Path, *, batch_size: int = 3, application: int = 0) -> Graph:
    async with ArchiveReader.open(path) as reader:
        manifest = reader.manifest.applications[application]
        nodes = [row async for rows in reader.read_nodes(manifest, batch_size=batch_size) for row in rows]
        relationships = [
            row async for rows in reader.read_relationships(manifest, batch_size=batch_size) for row in rows
        ]
    return Graph(nodes, relationships)


@dataclass(frozen=True)
class Border:
    """What joins an application of an archive to others."""

    shared: AbstractSet[int]
    """Ordinals of nodes."""
    references: Sequence[ExternalReference]


async def read_border(path: Path, *, application: int = 0) -> Border:
    async with ArchiveReader.open(path) as reader:
        manifest = reader.manifest.applications[application]
        shared = await reader.read_shared_nodes(manifest) if manifest.shared_nodes else ()
        references = [each async for some in reader.read_references(manifest, batch_size=100) for each in some]
    return Border(shared=set(shared), references=references)


def typed(value: object) -> object:
    """Make values comparable to the bit: 1 is not True is not 1.0, -0.0 is not 0.0, NaN is NaN."""
    if isinstance(value, dict):
        return {key: typed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [typed(each) for each in value]
    return (type(value).__name__, repr(value))


def comparable(graph: Graph) -> object:
    return typed([[list(row) for row in graph.nodes], [list(row) for row in graph.relationships]])
