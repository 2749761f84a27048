"""Applications leave a database as an archive and arrive in one again."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping

import pytest

from shared.graph import GraphCounts, OffsetDateTime, Point, PropertyValue
from shared.jobs.record import Job, JobKind, Phase, Status
from shared.jobs.requests import ApplicationReference, ConflictAction, ExportRequest
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench
from tests.support.stacks.databases import SeededDatabase

PROPERTIES: Mapping[str, PropertyValue] = {
    "name": "a",
    "when": OffsetDateTime(1704067200, 5, 7230),
    "where": Point(4326, (2.0, 1.0)),
    "sizes": [1, 2, 3],
    "ratio": -0.0,
    "raw": b"\x00\xff",
}


async def seed(database: SeededDatabase, label: str = "App", *, functions: int = 4) -> None:
    await database.add_node(["Application"], {"Name": label, "Version": "2.1.0", "owner": "somebody"})
    module = await database.add_node([label, "Module"], PROPERTIES)
    previous = module
    for number in range(functions):
        function = await database.add_node([label, "Function"], {"name": f"f{number}", "line": number})
        await database.add_relationship(module, function, "CONTAINS", {"order": number})
        await database.add_relationship(function, previous, "CALLS")
        previous = function


def applications_of(job: Job) -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = to_json(job.summary)["applications"]
    return found


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
async def test_an_application_arrives_as_it_left(bench: Bench, batch_size: int) -> None:
    await seed(bench.left)

    exported = await bench.mover.export("App", database="left", batch_size=batch_size)
    assert (exported.status, exported.failure) == (Status.CLOSED, None)
    assert exported.archive is not None
    imported = await bench.mover.import_archive(
        exported.archive.name, database="right", import_as="Copy", batch_size=batch_size
    )
    assert (imported.status, imported.failure) == (Status.CLOSED, None)

    assert applications_of(imported)[0]["digest"] == applications_of(exported)[0]["digest"]
    assert await bench.right.source.count("Copy") == GraphCounts(nodes=5, relationships=8)
    entry = await bench.right.source.get_application("Copy")
    assert (entry.version, dict(entry.properties), entry.catalogued) == ("2.1.0", {"owner": "somebody"}, True)
    again = await bench.mover.export("Copy", database="right")
    assert applications_of(again)[0]["digest"] == applications_of(exported)[0]["digest"]
    assert imported.progress.phase is Phase.ENDED
    assert (imported.progress.nodes_done, imported.progress.relationships_done) == (5, 8)


async def test_the_same_graph_gives_the_same_bytes_whatever_the_batches(bench: Bench) -> None:
    await seed(bench.left)
    archives = [await bench.mover.export("App", database="left", batch_size=size) for size in (1, 2, 1000)]
    hashes = {job.archive.sha256 for job in archives if job.archive is not None}
    assert len(hashes) == 1
    assert sorted(path.name for path in bench.mover.folder.iterdir()) == ["out-2.zip", "out-3.zip", "out.zip"]


async def test_several_applications_travel_in_one_archive(bench: Bench) -> None:
    for name in ("One", "Two"):
        await seed(bench.left, name)
    exported = await bench.mover.export("One", "Two", database="left")
    assert [each["name"] for each in applications_of(exported)] == ["One", "Two"]
    with zipfile.ZipFile(bench.mover.folder / "out.zip") as archive:
        assert archive.namelist() == [
            "manifest.json",
            "applications/1/graph.graphml",
            "applications/2/graph.graphml",
        ]
    refused = await bench.mover.import_archive("out.zip", database="right", import_as="Three")
    assert refused.failure is not None
    assert refused.failure.code == "INVALID_REQUEST"


@pytest.mark.parametrize("on_conflict", [ConflictAction.FAIL, ConflictAction.SKIP])
async def test_a_name_in_use_is_not_touched(bench: Bench, on_conflict: ConflictAction) -> None:
    await seed(bench.left)
    if bench.right is not bench.left:
        await seed(bench.right)
    await bench.mover.export("App", database="left")
    before = await bench.right.count_everything()

    job = await bench.mover.import_archive("out.zip", database="right", on_conflict=on_conflict)

    assert await bench.right.count_everything() == before
    if on_conflict is ConflictAction.FAIL:
        assert job.failure is not None
        assert (job.status, job.failure.code) == (Status.FAILED, "APPLICATION_EXISTS")
    else:
        assert job.status is Status.CLOSED
        assert applications_of(job)[0]["status"] == "skipped"


async def test_what_is_no_archive_is_refused_and_leaves_nothing(bench: Bench) -> None:
    bench.mover.folder.mkdir(parents=True)
    (bench.mover.folder / "text.zip").write_text("not a ZIP at all")
    before = await bench.right.count_everything()

    job = await bench.mover.import_archive("text.zip", database="right")

    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "INVALID_ARCHIVE")
    assert await bench.right.count_everything() == before


async def test_an_export_of_nothing_known_leaves_no_file(bench: Bench) -> None:
    job = await bench.mover.export("Missing", database="left")
    assert job.failure is not None
    assert job.failure.code == "APPLICATION_UNKNOWN"
    assert not bench.mover.folder.exists() or list(bench.mover.folder.iterdir()) == []


async def test_an_empty_application_moves_too(bench: Bench) -> None:
    await bench.left.add_node(["Application"], {"Name": "Empty"})
    exported = await bench.mover.export("Empty", database="left")
    imported = await bench.mover.import_archive("out.zip", database="right", import_as="Copy")
    assert (exported.status, imported.status) == (Status.CLOSED, Status.CLOSED)
    assert (await bench.right.source.get_application("Copy")).catalogued


async def test_applications_of_several_databases_leave_in_one_archive(bench: Bench) -> None:
    await seed(bench.left)
    await seed(bench.right, "Other", functions=1)
    references = (
        ApplicationReference(name="App", version="2.1.0"),
        ApplicationReference(name="Other", version="2.1.0", database="right"),
    )
    request = ExportRequest(database="left", applications=references, archive_name="both.zip")

    job = await bench.mover.run(JobKind.EXPORT, request)

    assert job.status is Status.CLOSED, job.failure
    databases = [bench.left.source.database, bench.right.source.database]
    assert [(each["folder"], each["name"]) for each in applications_of(job)] == list(
        zip(databases, ["App", "Other"], strict=True)
    )
    assert all(each["service_id"] and each["version_id"] for each in applications_of(job))


async def test_an_export_above_its_limit_fails_and_leaves_no_file(bench: Bench) -> None:
    await seed(bench.left)
    request = ExportRequest(
        database="left", applications=(ApplicationReference(name="App"),), archive_name="out.zip", max_bytes=500
    )
    job = await bench.mover.run(JobKind.EXPORT, request)
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "TOO_LARGE")
    assert list(bench.mover.folder.iterdir()) == []
