"""Values that are too long for an index of the target are refused before anything is written."""

from __future__ import annotations

import pytest

from handlers.imports.writing import ImportWriting
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ApplicationChoice, DeleteRequest
from tests.handlers.conftest import Bench, make_bench
from tests.support.stacks.databases import SeededMemory

LONG = "x" * 8165
"""One byte more than fits alone."""


async def seed(bench: Bench) -> str:
    """Make an application with one long value of a node, and one of a relationship; return its archive."""
    await bench.left.add_node(["Application"], {"Name": "App"})
    first = await bench.left.add_node(["App", "File"], {"name": "a", "text": "short"})
    second = await bench.left.add_node(["App", "File"], {"name": "b", "text": LONG})
    await bench.left.add_relationship(second, first, "USES", {"text": LONG})
    job = await bench.mover.export("App", database="left")
    assert job.archive is not None, job.failure
    return job.archive.name


def refusal(job: Job) -> str:
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "INVALID_DATA")
    return job.failure.message


@pytest.mark.one_line
async def test_nothing_is_written_of_an_import_with_a_value_that_is_too_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = await seed(bench)
    await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="App"))
    await bench.right.add_index("texts", "File", "text")
    before = await bench.right.count_everything()
    monkeypatch.setattr(ImportWriting, "write", None)
    for dry_run in (False, True):
        job = await bench.mover.import_archive(archive, database="right", import_as="Other", dry_run=dry_run)
        message = refusal(job)
        for said in (
            "Node 1 of 'Other'",
            "['File']",
            "'text'",
            "'texts' on (:File {text})",
            "8168 bytes",
            "8167",
            "drop",
        ):
            assert said in message
    assert await bench.right.count_everything() == before
    assert await bench.right.target.list_imports() == []


@pytest.fixture
def memory(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return make_bench(tmp_path_factory.mktemp("data"), SeededMemory("left"), SeededMemory("right"))


@pytest.mark.parametrize(
    ("on", "properties", "words"),
    [
        (":USES", ("text",), "The relationship 'USES' from node 1 to node 0 of 'App'"),
        ("App", ("text",), "on (:App {text})"),
        ("File", ("name", "text"), "with the other properties of the key, would take 8172 bytes"),
    ],
)
async def test_indexes_of_all_kinds_are_looked_at(
    memory: Bench, on: str, properties: tuple[str, ...], words: str
) -> None:
    archive = await seed(memory)
    await memory.right.add_index("some", on, *properties)
    assert words in refusal(await memory.mover.import_archive(archive, database="right"))
    assert words in refusal(await memory.mover.copy(ApplicationChoice(source_name="App", name="App")))
    assert await memory.right.count_everything() == (0, 0)


@pytest.mark.parametrize(
    ("on", "properties"),
    [("Directory", ("text",)), (":OWNS", ("text",)), ("File", ("text", "other")), ("File", ("name",))],
)
async def test_an_index_without_a_long_value_stops_nothing(memory: Bench, on: str, properties: tuple[str, ...]) -> None:
    archive = await seed(memory)
    await memory.right.add_index("some", on, *properties)
    job = await memory.mover.import_archive(archive, database="right")
    assert (job.status, job.failure) == (Status.CLOSED, None)


async def test_a_node_that_is_joined_is_not_written_and_may_be_longer(memory: Bench) -> None:
    archive = await seed(memory)
    await memory.right.add_constraint("File", "name")
    await memory.right.add_index("texts", "File", "text")
    await memory.right.add_node(["Application"], {"Name": "Owner"})
    await memory.right.add_node(["Owner", "File"], {"name": "b", "text": "short"})
    job = await memory.mover.import_archive(archive, database="right", join_labels=("File",))
    assert (job.status, job.failure) == (Status.CLOSED, None)
