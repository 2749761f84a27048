"""Archives of other tools arrive in a database like our own."""

from __future__ import annotations

import gzip

import pytest

from shared.graph import GraphCounts
from shared.jobs.record import Status
from shared.jobs.requests import ForeignNames
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench
from tests.handlers.test_moves import applications_of
from tests.support.archives.foreign import HEAD, OLDER, document, zipped

pytestmark = pytest.mark.one_line

GRAPHML = {
    "edges.graphml": document('<edge source="a" target="b" label="CALLS"/><edge source="b" target="b"/>'),
    "nodes.graphml": document('<node id="a" labels=":Class"/><node id="b"/>'),
}


def put(bench: Bench, name: str, content: bytes) -> None:
    bench.mover.folder.mkdir(parents=True, exist_ok=True)
    (bench.mover.folder / name).write_bytes(content)


@pytest.mark.parametrize(("import_as", "name"), [(None, "Their App"), ("Other", "Other")])
async def test_graphml_of_another_tool(bench: Bench, import_as: str | None, name: str) -> None:
    put(bench, "Their App.zip", zipped(GRAPHML))
    job = await bench.mover.import_archive("Their App.zip", database="right", import_as=import_as, batch_size=1)
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert await bench.right.source.count(name) == GraphCounts(nodes=2, relationships=2)
    assert (await bench.right.source.get_application(name)).catalogued
    rows = [row async for rows in bench.right.source.read_relationships(name, batch_size=10) for row in rows]
    assert sorted(row[3] for row in rows) == ["CALLS", "RELATED"]
    assert [path.name for path in bench.mover.folder.iterdir()] == ["Their App.zip"]


@pytest.mark.parametrize("name", ["Their App.graphml", "Their App.XML", "Their App.graphml.gz"])
async def test_a_document_without_a_zip(bench: Bench, name: str) -> None:
    body = '<node id="a" labels=":Class"/><node id="b"/><edge source="a" target="b" label="CALLS"/>'
    text = document(body).encode()
    put(bench, name, gzip.compress(text) if name.endswith(".gz") else text)
    foretold = await bench.mover.import_archive(name, database="right", dry_run=True)
    assert (foretold.status, foretold.failure) == (Status.CLOSED, None)
    job = await bench.mover.import_archive(name, database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert await bench.right.source.count("Their App") == GraphCounts(nodes=2, relationships=1)
    assert [path.name for path in bench.mover.folder.iterdir()] == [name]


async def test_graphs_beside_one_another(bench: Bench) -> None:
    graph = '<graph id="{0}"><node id="n0" labels=":L{0}"/><edge source="n0" target="n0" label="{0}"/></graph>'
    put(bench, "Both.graphml", f"{HEAD}{graph.format('Eins')}{graph.format('Zwei')}</graphml>".encode())
    job = await bench.mover.import_archive("Both.graphml", database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None)
    for name in ("Eins", "Zwei"):
        nodes = [row async for rows in bench.right.source.read_nodes(name, batch_size=10) for row in rows]
        edges = [row async for rows in bench.right.source.read_relationships(name, batch_size=10) for row in rows]
        assert ([list(row[1]) for row in nodes], [row[3] for row in edges]) == ([[f"L{name}"]], [name])


async def test_graphs_beside_one_another_as_one(bench: Bench) -> None:
    text = f'{HEAD}<graph><node id="a"/></graph><graph><node id="b"/><edge source="a" target="b"/></graph></graphml>'
    put(bench, "Both.graphml", text.encode())
    one = ForeignNames(one_application=True)
    job = await bench.mover.import_archive("Both.graphml", database="right", foreign=one)
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert await bench.right.source.count("Both") == GraphCounts(nodes=2, relationships=1)
    assert to_json(job.summary)["warnings"] == ["graphs read as part of the first one of their document: 1."]


async def test_both_applications_of_an_older_exporter(bench: Bench) -> None:
    put(bench, "older.zip", OLDER.read_bytes())
    job = await bench.mover.import_archive("older.zip", database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert [each["name"] for each in applications_of(job)] == ["Shop", "Größe & Co"]
    assert await bench.right.source.count("Shop") == GraphCounts(nodes=6, relationships=10)
    assert await bench.right.source.count("Größe & Co") == GraphCounts(nodes=1, relationships=0)
    assert len(to_json(job.summary)["warnings"]) == 3
    assert job.archive is not None
    assert job.archive.bytes == len(OLDER.read_bytes())


async def test_a_refused_one_leaves_nothing(bench: Bench) -> None:
    put(bench, "bad.zip", zipped({**GRAPHML, "more.graphml": document('<edge source="a" target="nobody"/>')}))
    before = await bench.right.count_everything()
    job = await bench.mover.import_archive("bad.zip", database="right")
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "INVALID_ARCHIVE")
    assert "'more.graphml', line 3" in job.failure.message
    assert await bench.right.count_everything() == before
    assert [path.name for path in bench.mover.folder.iterdir()] == ["bad.zip"]
