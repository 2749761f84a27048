"""Graphs of other tools' files arrive whole, as a database holds them."""

from __future__ import annotations

from typing import Any

from shared.jobs.record import Status
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench
from tests.support.archives.foreign import zipped
from tests.support.archives.making import typed
from tests.support.archives.writers import WRITTEN, Written


async def read_graph(bench: Bench, name: str) -> tuple[list[Any], list[Any]]:
    """Return nodes and relationships as they are told of a document, in one order."""
    source = bench.right.source
    nodes = [(tuple(row[1]), row[2]) async for rows in source.read_nodes(name, batch_size=10) for row in rows]
    relationships = [row[3:5] async for rows in source.read_relationships(name, batch_size=10) for row in rows]
    return _ordered(nodes), _ordered(relationships)


def _ordered(elements: list[Any]) -> list[Any]:
    return sorted(
        ([names, sorted((key, typed(value)) for key, value in values.items())] for names, values in elements), key=repr
    )


async def require_arrival(bench: Bench, name: str, written: Written) -> None:
    job = await bench.mover.import_archive(f"{name}.zip", database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None), name
    assert await read_graph(bench, name) == (_ordered(list(written.nodes)), _ordered(list(written.relationships)))
    warnings = sorted(f"{what}: {count}." for what, count in written.warnings.items())
    assert to_json(job.summary)["warnings"] == warnings, name


async def test_every_writer_s_graph_arrives(bench: Bench) -> None:
    bench.mover.folder.mkdir(parents=True, exist_ok=True)
    for number, (name, written) in enumerate(WRITTEN.items()):
        application = f"{number} {name}"
        (bench.mover.folder / f"{application}.zip").write_bytes(zipped({"g.graphml": written.text}))
        await require_arrival(bench, application, written)
