"""What an import does with each application of an archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.catalogue import next_version, service_id_of, version_id_of
from shared.graph import GraphCounts
from shared.jobs.record import Job, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, VersionStep
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench
from tests.support.stacks.databases import SeededDatabase

pytestmark = pytest.mark.one_line


async def seed_version(database: SeededDatabase, name: str, version: str, *, nodes: int) -> None:
    label = f"{name}@{version}"
    await database.add_node(["Application"], {"Name": name, "Label": label, "Version": version})
    for number in range(nodes):
        await database.add_node([label, "Object"], {"number": number})


@pytest.fixture
async def archive(bench: Bench) -> str:
    """Give an archive with two versions of one application, 1 and 2 nodes large."""
    await seed_version(bench.left, "Source", "1.2.0", nodes=1)
    await seed_version(bench.left, "Source", "1.10.0", nodes=2)
    job = await bench.mover.export("Source@1.10.0", "Source@1.2.0", database="left")
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert job.archive is not None
    return job.archive.name


async def import_it(bench: Bench, archive: str, action: ConflictAction, **more: Any) -> Job:
    choice = ApplicationChoice(source_name="Source", name="Here", on_conflict=action, **more)
    return await bench.mover.import_archive(archive, database="right", choices=(choice,))


async def versions(bench: Bench, name: str = "Here") -> Mapping[str | None, int]:
    entries = [each for each in await bench.right.source.list_applications() if each.name == name]
    return {each.version: (await bench.right.source.count(each.label)).nodes for each in entries}


def statuses(job: Job) -> list[str]:
    assert (job.status, job.failure) == (Status.CLOSED, None)
    return [each["status"] for each in to_json(job.summary)["applications"]]


async def test_all_versions_arrive_in_their_order(bench: Bench, archive: str) -> None:
    job = await import_it(bench, archive, ConflictAction.FAIL)
    assert statuses(job) == ["added", "added"]
    assert await versions(bench) == {"1.2.0": 1, "1.10.0": 2}
    first = to_json(job.summary)["applications"][0]
    assert (first["source_folder"], first["source_name"], first["source_version"]) == ("left", "Source", "1.2.0")
    assert (first["name"], first["version"]) == ("Here", "1.2.0")
    assert (first["service_id"], first["version_id"]) == (
        service_id_of("right", "Here"),
        version_id_of("right", "Here", "1.2.0"),
    )


async def test_one_version_may_be_chosen(bench: Bench, archive: str) -> None:
    assert statuses(await import_it(bench, archive, ConflictAction.FAIL, source_version="1.10.0")) == ["added"]
    assert await versions(bench) == {"1.10.0": 2}


async def test_what_the_archive_lacks_cannot_be_chosen(bench: Bench, archive: str) -> None:
    job = await import_it(bench, archive, ConflictAction.FAIL, source_version="9.9.9")
    assert job.failure is not None
    assert job.failure.code == "INVALID_REQUEST"
    assert "Source[9.9.9]" in job.failure.message
    assert "Source[1.2.0]" in job.failure.message


@pytest.mark.parametrize(
    ("action", "expected_statuses", "expected"),
    [
        (ConflictAction.SKIP, ["skipped", "skipped"], {"3.4.5": 5}),
        (ConflictAction.OVERWRITE, ["replaced", "replaced"], {"1.2.0": 1, "1.10.0": 2}),
        (ConflictAction.RENAME, ["added", "added"], {"3.4.5": 5}),
        (ConflictAction.ADD_VERSION, ["version_added", "version_added"], {"3.4.5": 5, "3.5.0": 1, "3.6.0": 2}),
    ],
)
async def test_each_way_with_what_is_there(
    bench: Bench,
    archive: str,
    action: ConflictAction,
    expected_statuses: list[str],
    expected: Mapping[str, int],
) -> None:
    await seed_version(bench.right, "Here", "3.4.5", nodes=5)
    assert statuses(await import_it(bench, archive, action, suffix="new")) == expected_statuses
    assert await versions(bench) == expected
    renamed = {"1.2.0": 1, "1.10.0": 2} if action is ConflictAction.RENAME else {}
    assert await versions(bench, "Here_new") == renamed


async def test_a_free_name_needs_no_suffix(bench: Bench, archive: str) -> None:
    assert statuses(await import_it(bench, archive, ConflictAction.RENAME, suffix="new")) == ["added", "added"]
    assert await versions(bench) == {"1.2.0": 1, "1.10.0": 2}


async def test_a_name_with_a_suffix_must_be_free_too(bench: Bench, archive: str) -> None:
    for name in ("Here", "Here_new"):
        await seed_version(bench.right, name, "3.4.5", nodes=1)
    before = await bench.right.count_everything()
    job = await import_it(bench, archive, ConflictAction.RENAME, suffix="new")
    assert job.failure is not None
    assert job.failure.code == "APPLICATION_EXISTS"
    assert "Here_new" in job.failure.message
    assert await bench.right.count_everything() == before


async def test_by_default_what_is_there_stays(bench: Bench, archive: str) -> None:
    await seed_version(bench.right, "Here", "3.4.5", nodes=5)
    before = await bench.right.count_everything()
    job = await import_it(bench, archive, ConflictAction.FAIL)
    assert job.failure is not None
    assert job.failure.code == "APPLICATION_EXISTS"
    assert await bench.right.count_everything() == before


async def test_an_application_without_a_catalogue_entry_can_be_replaced(bench: Bench, archive: str) -> None:
    await bench.right.add_node(["Here"], {"name": "old"})
    choice = ApplicationChoice(
        source_name="Source", source_version="1.2.0", name="Here", on_conflict=ConflictAction.OVERWRITE
    )
    assert statuses(await bench.mover.import_archive(archive, database="right", choices=(choice,))) == ["replaced"]
    assert await bench.right.source.count("Here") == GraphCounts(nodes=1, relationships=0)


@pytest.mark.parametrize(
    ("version", "step", "expected"),
    [
        ("1.2.3", VersionStep.MAJOR, "2.0.0"),
        ("1.2.3", VersionStep.MINOR, "1.3.0"),
        ("1.2.3", VersionStep.PATCH, "1.2.4"),
        ("1.2", VersionStep.PATCH, "1.2.1"),
        ("1.2.3-beta", VersionStep.PATCH, "1.2.4"),
        ("draft", VersionStep.MINOR, "0.1.0"),
    ],
)
def test_the_next_version(version: str, step: VersionStep, expected: str) -> None:
    assert next_version(version, step) == expected
