"""Graphs of other tools' files arrive whole, as a database holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from shared.jobs.record import Status
from tests.handlers.conftest import Bench
from tests.support.archives.arrivals import NAME, arrive, warnings_of
from tests.support.archives.foreign import zipped
from tests.support.archives.making import typed
from tests.support.archives.packings import PACKED
from tests.support.archives.writers import REFUSED, WRITTEN, Node, Relationship


async def read_graph(bench: Bench) -> tuple[list[Any], list[Any]]:
    """Return nodes and relationships as they are told of a document, in one order."""
    source = bench.right.source
    nodes = [(tuple(row[1]), row[2]) async for rows in source.read_nodes(NAME, batch_size=10) for row in rows]
    relationships = [row[3:5] async for rows in source.read_relationships(NAME, batch_size=10) for row in rows]
    return _ordered(nodes), _ordered(relationships)


def _ordered(elements: Sequence[Any]) -> list[Any]:
    return sorted(
        ([names, sorted((key, typed(value)) for key, value in values.items())] for names, values in elements), key=repr
    )


async def require_arrival(
    bench: Bench,
    content: bytes,
    *,
    nodes: Sequence[Node],
    relationships: Sequence[Relationship],
    warnings: Mapping[str, int],
) -> None:
    job = await arrive(bench, content)
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert await read_graph(bench) == (_ordered(nodes), _ordered(relationships))
    assert warnings_of(job) == sorted(f"{what}: {count}." for what, count in warnings.items())


async def test_every_writer_s_graph_arrives(bench: Bench, subtests: pytest.Subtests) -> None:
    for name, written in WRITTEN.items():
        with subtests.test(name):
            await require_arrival(
                bench,
                zipped({"g.graphml": written.text}),
                nodes=written.nodes,
                relationships=written.relationships,
                warnings=written.warnings,
            )


async def test_what_other_tools_packed_arrives(bench: Bench, subtests: pytest.Subtests) -> None:
    for name, packed in PACKED.items():
        with subtests.test(name):
            await require_arrival(
                bench,
                packed.content,
                nodes=packed.nodes,
                relationships=packed.relationships,
                warnings=packed.warnings,
            )


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("bench", ["memory"], indirect=True)
async def test_what_no_reader_can_take_is_refused_in_the_user_s_words(bench: Bench, refused: tuple[str, str]) -> None:
    text, message = refused
    job = await arrive(bench, zipped({"g.graphml": text}))
    assert job.failure is not None
    assert (job.status, message in job.failure.message) == (Status.FAILED, True), job.failure.message
