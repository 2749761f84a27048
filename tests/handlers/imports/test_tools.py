"""Graphs that other tools write arrive equal, by their own writers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from shared.jobs.record import Status
from shared.settings.databases import DatabaseSettings
from tests.handlers.conftest import Bench
from tests.support.archives.arrivals import Told, arrive, read_arrived
from tests.support.archives.foreign import zipped
from tests.support.tools.jgrapht import JGraphT, expected_of_written
from tests.support.tools.procedures import write_documents
from tests.support.tools.python_tools import write_by_igraph, write_by_networkx

Documents = Mapping[str, tuple[bytes, Told]]


@pytest.fixture(scope="module")
def documents(
    neo4j_526: DatabaseSettings, jgrapht: JGraphT, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, tuple[bytes, Told]]:
    """What each tool writes, with its graph."""
    by_tool: Mapping[str, Documents] = {
        "NetworkX": write_by_networkx(),
        "igraph": write_by_igraph(tmp_path_factory.mktemp("igraph")),
        "JGraphT": {kind: (content, expected_of_written()) for kind, content in jgrapht.write().items()},
        "procedures": write_documents(neo4j_526),
    }
    return {f"{tool}: {name}": each for tool, made in by_tool.items() for name, each in made.items()}


async def test_what_other_tools_write_arrives(documents: Documents, bench: Bench, subtests: pytest.Subtests) -> None:
    for name, (content, expected) in documents.items():
        with subtests.test(name):
            job = await arrive(bench, zipped({"g.graphml": content}))
            assert (job.status, job.failure) == (Status.CLOSED, None)
            assert await read_arrived(bench) == expected
