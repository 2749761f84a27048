"""Nodes arrive whose keys are taken: equal ones are joined, others refused before anything is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from handlers.imports.keys import find_joins
from handlers.imports.writing import ImportWriting
from shared.concurrency.interruptions import ShutdownRequested
from shared.graph import GraphCounts, PropertyValue
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, CopyRequest, DeleteRequest, ImportRequest
from shared.jobs.summary_json import to_json
from shared.joining.judging import Joins
from tests.handlers.conftest import Bench
from tests.shared.ports.test_graph_source_port import all_nodes
from tests.support.stacks.databases import SeededDatabase

KINDS = ("table", "view")
KEY = ("ObjectType", "name")


async def seed(database: SeededDatabase, name: str, *, keyed: bool = True) -> None:
    """Make an application whose objects have types of its own, which others might know too."""
    if keyed:
        await database.add_constraint(*KEY)
    await database.add_node(["Application"], {"Name": name})
    for number, kind in enumerate(KINDS):
        kind_node = await database.add_node([name, "ObjectType"], {"name": kind, "size": 1})
        node = await database.add_node([name, "Object"], {"number": number, "of": name})
        await database.add_relationship(node, kind_node, "HAS_TYPE")


async def add_types(database: SeededDatabase, *, owner: str = "Owner", **properties: PropertyValue) -> None:
    await database.add_node(["Application"], {"Name": owner})
    for kind in KINDS:
        await database.add_node([owner, "ObjectType"], {"name": kind, "size": 1, **properties})


async def empty(database: SeededDatabase, bench: Bench, *names: str) -> None:
    for name in names:
        await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name=name))
    assert await database.count_everything() == (0, 0)


@pytest.fixture
async def archive(bench: Bench) -> str:
    """Give the archive of an application, and leave the database without it."""
    await seed(bench.left, "One")
    job = await bench.mover.export("One", database="left")
    await empty(bench.left, bench, "One")
    if bench.right is not bench.left:
        await bench.right.add_constraint(*KEY)
    assert job.archive is not None
    return job.archive.name


COUNTS = GraphCounts(nodes=4, relationships=2)


def told(job: Job, part: str) -> Mapping[str, Any]:
    assert (job.status, job.failure) == (Status.CLOSED, None)
    found: Mapping[str, Any] = to_json(job.summary)[part]
    return found


def refusal(job: Job) -> str:
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "KEY_TAKEN")
    return job.failure.message


async def delete(bench: Bench, name: str) -> None:
    job = await bench.mover.run(JobKind.DELETE, DeleteRequest(database="right", name=name))
    assert (job.status, job.failure) == (Status.CLOSED, None)


async def test_equal_nodes_are_joined_and_counted(bench: Bench, archive: str) -> None:
    await add_types(bench.right)
    job = await bench.mover.import_archive(archive, database="right")
    assert told(job, "shared") == {"joined": 2, "differing": 0, "listed": [], "unmarked": 2}
    assert await bench.right.source.count("One") == COUNTS
    # Two entries, the types that both have, the objects.
    assert await bench.right.count_everything() == (2 + 2 + 2, 2)
    again = await bench.mover.export("One", database="right")
    assert to_json(again.summary)["applications"][0]["digest"] == to_json(job.summary)["applications"][0]["digest"]

    await delete(bench, "Owner")
    assert await bench.right.source.count("One") == COUNTS
    await delete(bench, "One")
    assert await bench.right.count_everything() == (0, 0)


async def test_different_nodes_are_refused_before_anything_is_written(
    bench: Bench, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_types(bench.right, size=2, secret="theirs")
    before = await bench.right.count_everything()
    monkeypatch.setattr(ImportWriting, "write", None)
    message = refusal(await bench.mover.import_archive(archive, database="right"))
    ways = ("join_labels", "GRAPHFERRY_SHARED_LABELS")
    for said in ("'One'", "ObjectType", "name = ", "'secret', 'size'", "1 more", *ways):
        assert said in message
    assert "theirs" not in message
    assert await bench.right.count_everything() == before
    assert await bench.right.target.list_imports() == []


async def test_labels_count_too(bench: Bench, archive: str) -> None:
    await bench.right.add_node(["ObjectType", "Extra"], {"name": "view", "size": 1})
    assert "its labels" in refusal(await bench.mover.import_archive(archive, database="right"))


async def test_labels_that_are_named_are_joined_as_they_are(bench: Bench, archive: str) -> None:
    await add_types(bench.right, size=2)
    job = await bench.mover.import_archive(archive, database="right", join_labels=("ObjectType",))
    shared = told(job, "shared")
    assert (shared["joined"], shared["differing"], "unmarked" in shared) == (2, 2, False)
    assert {row[2]["size"] for row in await all_nodes(bench.right.source, "One", 9) if "ObjectType" in row[1]} == {2}
    await delete(bench, "One")
    assert (await bench.right.source.count("Owner")).nodes == 2


@pytest.mark.parametrize("size", [1, 2])
async def test_a_dry_run_foretells_it(bench: Bench, archive: str, size: int) -> None:
    await add_types(bench.right, size=size)
    before = await bench.right.count_everything()
    joins = told(await bench.mover.import_archive(archive, database="right", dry_run=True), "joins")
    assert (joins["joined"], joins["unmarked"], joins["refused"]) == ((2, 2, 0) if size == 1 else (0, 0, 2))
    kinds = sorted(KINDS)
    for each in sorted(joins["listed"], key=lambda each: str(each["key"]), reverse=True):
        assert each.pop("constraint").endswith("(:ObjectType {name})")
        assert each == {
            "application": "One",
            "labels": ["ObjectType"],
            "key": {"name": {"type": "s", "text": kinds.pop()}},
            "reason": "differs",
            "properties": ["size"],
        }
    named = await bench.mover.import_archive(archive, database="right", join_labels=("ObjectType",), dry_run=True)
    assert (told(named, "joins")["joined"], told(named, "joins")["refused"]) == (2, 0)
    assert await bench.right.count_everything() == before


async def test_what_the_import_replaces_stands_in_nobodys_way(bench: Bench, archive: str) -> None:
    await bench.mover.import_archive(archive, database="right")
    before = await bench.right.count_everything()
    job = await bench.mover.import_archive(archive, database="right", on_conflict=ConflictAction.OVERWRITE)
    assert told(job, "shared") == {"joined": 0, "differing": 0, "listed": []}
    assert await bench.right.count_everything() == before


@pytest.mark.internal_error
async def test_an_undone_import_leaves_what_it_was_joined_to(
    bench: Bench, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_types(bench.right)
    before = await bench.right.count_everything()

    async def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ImportWriting, "verify", fail)
    job = await bench.mover.import_archive(archive, database="right")
    assert job.status is Status.FAILED
    assert await bench.right.count_everything() == before


async def test_an_attempt_goes_on_after_another(bench: Bench, archive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first attempt has staged and joined is neither refused nor joined anew."""
    await add_types(bench.right)
    write = ImportWriting.write

    async def stop(self: ImportWriting, *arguments: Any) -> None:
        await write(self, *arguments)
        raise ShutdownRequested

    monkeypatch.setattr(ImportWriting, "write", stop)
    job = await bench.mover.import_archive(archive, database="right")
    assert job.ended is None
    monkeypatch.setattr(ImportWriting, "write", write)
    await bench.mover.dispatch(job)
    ended = await bench.mover.jobs.get(job.id)
    assert told(ended, "shared")["unmarked"] == 2
    assert await bench.right.count_everything() == (2 + 2 + 2, 2)


async def test_a_node_that_changes_meanwhile_fails_the_import(
    bench: Bench, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_types(bench.right)
    differs = "handlers.imports.joining.differing_properties"
    monkeypatch.setattr(differs, lambda *_: ["size"])
    job = await bench.mover.import_archive(archive, database="right")
    assert job.failure is not None
    assert job.failure.code == "NODE_DIFFERS"
    assert "['size']" in job.failure.message
    assert await bench.right.source.list_applications() != []
    assert (await bench.right.source.count("Owner")).nodes == 2


@pytest.fixture
async def both(bench: Bench) -> str:
    """Give an archive of two applications with nodes of the same keys, which no constraint forbade there."""
    for name in ("One", "Two"):
        await seed(bench.left, name, keyed=False)
    job = await bench.mover.export("One", "Two", database="left")
    await empty(bench.left, bench, "One", "Two")
    await bench.right.add_constraint(*KEY)
    assert job.archive is not None
    return job.archive.name


async def test_the_second_application_is_joined_to_what_the_first_brings(bench: Bench, both: str) -> None:
    job = await bench.mover.import_archive(both, database="right")
    assert told(job, "shared") == {"joined": 2, "differing": 0, "listed": [], "unmarked": 2}
    assert [await bench.right.source.count(name) for name in ("One", "Two")] == [COUNTS, COUNTS]
    assert await bench.right.count_everything() == (2 + 2 + 4, 4)


async def test_they_are_refused_where_they_differ(bench: Bench) -> None:
    await seed(bench.left, "One", keyed=False)
    await bench.left.add_node(["Application"], {"Name": "Two"})
    await bench.left.add_node(["Two", "ObjectType"], {"name": "view", "size": 3})
    job = await bench.mover.export("One", "Two", database="left")
    assert job.archive is not None
    await empty(bench.left, bench, "One", "Two")
    await bench.right.add_constraint(*KEY)
    assert "Another application" in refusal(await bench.mover.import_archive(job.archive.name, database="right"))
    assert await bench.right.count_everything() == (0, 0)
    taken = await bench.mover.import_archive(job.archive.name, database="right", join_labels=("ObjectType",))
    assert (told(taken, "shared")["joined"], told(taken, "shared")["differing"]) == (1, 1)


async def test_two_nodes_of_an_application_are_not_joined_to_one(bench: Bench) -> None:
    await bench.left.add_node(["Application"], {"Name": "One"})
    for _ in range(2):
        await bench.left.add_node(["One", "ObjectType"], {"name": "view"})
    await bench.mover.export("One", database="left")
    await empty(bench.left, bench, "One")
    await bench.right.add_constraint(*KEY)
    await bench.right.add_node(["ObjectType"], {"name": "view"})
    message = refusal(await bench.mover.import_archive("out.zip", database="right"))
    assert "Another node of the same application" in message


@pytest.mark.parametrize("join_labels", [(), ("ObjectType",)])
@pytest.mark.parametrize(("first", "second"), [("view", "view"), (1, 1.0), ([1], [1.0]), (0.0, -0.0)])
@pytest.mark.parametrize("bench", ["memory"], indirect=True)
async def test_two_nodes_of_an_application_with_one_key_are_refused_before_anything_is_written(
    bench: Bench, first: PropertyValue, second: PropertyValue, join_labels: tuple[str, ...]
) -> None:
    await bench.left.add_node(["Application"], {"Name": "One"})
    await bench.left.add_node(["One", "Object"], {})
    for name in (first, second):
        await bench.left.add_node(["One", "ObjectType"], {"name": name})
    await bench.mover.export("One", database="left")
    await bench.right.add_constraint(*KEY)
    message = refusal(await bench.mover.import_archive("out.zip", database="right", join_labels=join_labels))
    assert "Nodes 1 and 2 of 'One'" in message
    assert await bench.right.count_everything() == (0, 0)
    foretold = told(await bench.mover.import_archive("out.zip", database="right", dry_run=True), "joins")
    assert (foretold["refused"], foretold["listed"][0]["reason"]) == (1, "twice")
    assert foretold["listed"][0]["nodes"] == [1, 2]


@pytest.mark.parametrize("bench", ["memory", "neo4j_2026"], indirect=True)
async def test_keys_that_a_server_tells_apart_are_not_refused(bench: Bench) -> None:
    names: list[PropertyValue] = [1, True, 1.5, math.nan, math.nan, [1], [True], "1", "a", "A", 2**53 + 1, float(2**53)]
    await bench.left.add_node(["Application"], {"Name": "One"})
    for name in names:
        await bench.left.add_node(["One", "ObjectType"], {"name": name})
    await bench.mover.export("One", database="left")
    await empty(bench.left, bench, "One")
    await bench.right.add_constraint(*KEY)
    job = await bench.mover.import_archive("out.zip", database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None)


async def copy(bench: Bench, *, join_labels: tuple[str, ...] = (), dry_run: bool = False) -> Job:
    choice = ApplicationChoice(source_name="One", name="Again")
    request = CopyRequest(
        from_database="left", to_database="left", choices=(choice,), join_labels=join_labels, dry_run=dry_run
    )
    return await bench.mover.run(JobKind.COPY, request)


async def test_a_copy_within_a_database_shares_nothing_unasked(bench: Bench) -> None:
    await seed(bench.left, "One")
    before = await bench.left.count_everything()
    assert "its own copy" in refusal(await copy(bench))
    assert told(await copy(bench, dry_run=True), "joins")["listed"][0]["reason"] == "copy"
    assert await bench.left.count_everything() == before

    job = await copy(bench, join_labels=("ObjectType",))
    assert told(job, "shared") == {"joined": 2, "differing": 0, "listed": []}
    assert await bench.left.source.count("Again") == COUNTS


async def test_a_copy_shares_what_settings_call_shared(bench: Bench) -> None:
    await bench.left.add_constraint("Technology", "id")
    await bench.left.add_node(["Application"], {"Name": "One"})
    await bench.left.add_node(["One", "Technology"], {"id": 1})
    assert told(await copy(bench), "shared")["joined"] == 1


async def test_a_race_is_told_as_before(bench: Bench, archive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else makes the node after it was looked for."""

    async def look_then_make(*arguments: Any) -> Joins:
        joins = await find_joins(*arguments)
        await bench.right.add_node(["ObjectType"], {"name": "view", "size": 1})
        return joins

    monkeypatch.setattr("handlers.imports.staging.find_joins", look_then_make)
    request = ImportRequest(database="right", archive_name=archive, batch_size=1)
    job = await bench.mover.run(JobKind.IMPORT, request)
    assert job.failure is not None
    assert job.failure.code == "CONSTRAINT_VIOLATED"
    assert await bench.right.count_everything() == (1, 0)
