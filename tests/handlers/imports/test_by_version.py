"""An import for which only the same version of an application is a conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, DeleteRequest, ImportRequest
from shared.jobs.summary_json import to_json
from shared.references import Direction
from tests.handlers.conftest import Bench
from tests.handlers.imports.test_choices import seed_version, versions
from tests.support.stacks.databases import SeededDatabase

pytestmark = pytest.mark.one_line

Version = tuple[str, str]


def choose(*chosen: Version, on_conflict: ConflictAction, name: str | None = None) -> tuple[ApplicationChoice, ...]:
    return tuple(
        ApplicationChoice(
            source_name=source,
            source_version=version,
            name=name or source,
            on_conflict=on_conflict,
            by_version=True,
        )
        for source, version in chosen
    )


BOTH = (("Source", "1.2.0"), ("Source", "1.10.0"))


@pytest.fixture
async def archive(bench: Bench) -> str:
    """Give an archive with two versions of one application, 1 and 2 nodes large; the target has one of them."""
    await seed_version(bench.left, "Source", "1.2.0", nodes=1)
    await seed_version(bench.left, "Source", "1.10.0", nodes=2)
    await seed_version(bench.right, "Here", "1.2.0", nodes=5)
    await seed_version(bench.right, "Here", "3.0.0", nodes=4)
    job = await bench.mover.export("Source@1.2.0", "Source@1.10.0", database="left")
    assert job.archive is not None
    return job.archive.name


def statuses(job: Job) -> list[str]:
    assert (job.status, job.failure) == (Status.CLOSED, None)
    return [each["status"] for each in to_json(job.summary)["applications"]]


@pytest.mark.parametrize(
    ("action", "status", "nodes"),
    [(ConflictAction.SKIP, "skipped", 5), (ConflictAction.OVERWRITE, "replaced", 1)],
)
async def test_only_the_same_version_counts(
    bench: Bench, archive: str, action: ConflictAction, status: str, nodes: int
) -> None:
    choices = choose(*BOTH, on_conflict=action, name="Here")
    job = await bench.mover.import_archive(archive, database="right", choices=choices)
    assert statuses(job) == [status, "version_added"]
    assert await versions(bench) == {"1.2.0": nodes, "1.10.0": 2, "3.0.0": 4}
    again = await bench.mover.import_archive(archive, database="right", choices=choices)
    assert statuses(again) == [status, status]
    assert await versions(bench) == {"1.2.0": nodes, "1.10.0": 2, "3.0.0": 4}


async def test_a_conflict_names_the_version(bench: Bench, archive: str) -> None:
    before = await bench.right.count_everything()
    choices = choose(*BOTH, on_conflict=ConflictAction.FAIL, name="Here")
    job = await bench.mover.import_archive(archive, database="right", choices=choices)
    assert job.failure is not None
    assert job.failure.code == "APPLICATION_EXISTS"
    assert "'Here:1.2.0'" in job.failure.message
    assert await bench.right.count_everything() == before


async def test_an_absent_version_counts_as_the_first(bench: Bench) -> None:
    await seed_version(bench.left, "Source", "1.0.0", nodes=1)
    await bench.right.add_node(["Application"], {"Name": "Here"})
    await bench.right.add_node(["Here"])
    await bench.right.add_node(["Here"])
    await bench.mover.export("Source", database="left")
    choices = choose(("Source", "1.0.0"), on_conflict=ConflictAction.OVERWRITE, name="Here")
    assert statuses(await bench.mover.import_archive("out.zip", database="right", choices=choices)) == ["replaced"]
    assert await versions(bench) == {"1.0.0": 1}


async def test_an_application_without_an_entry_is_its_first_version(bench: Bench, archive: str) -> None:
    await bench.right.add_node(["Bare"])
    choices = choose(("Source", "1.2.0"), on_conflict=ConflictAction.SKIP, name="Bare")
    assert statuses(await bench.mover.import_archive(archive, database="right", choices=choices)) == ["version_added"]
    assert await versions(bench, "Bare") == {"1.2.0": 1}


async def test_a_check_reads_no_content(bench: Bench, archive: str) -> None:
    before = await bench.right.count_everything()
    request = ImportRequest(
        database="right",
        archive_name=archive,
        choices=choose(*BOTH, on_conflict=ConflictAction.FAIL, name="Here"),
        dry_run=True,
        compare=False,
    )
    job = await bench.mover.run(JobKind.IMPORT, request)
    assert statuses(job) == ["conflict", "version_added"]
    assert [each["difference"] for each in to_json(job.summary)["applications"]] == [None, None]
    assert await bench.right.count_everything() == before


async def seed_services(database: SeededDatabase, *services: str) -> Mapping[str, int]:
    """Make an application that uses the first of some versions of a service; all have a node of the same key."""
    await database.add_node(["Application"], {"Name": "App", "Version": "1.0.0", "Label": "App"})
    near = await database.add_node(["App", "Loose"], {"code": "app"})
    nodes = {}
    for version in services:
        label = f"Service@{version}"
        await database.add_node(["Application"], {"Name": "Service", "Version": version, "Label": label})
        nodes[version] = await database.add_node([label, "Loose"], {"code": "service"})
    await database.add_relationship(near, nodes[services[0]], "USES")
    return nodes


async def used_by(bench: Bench, name: str) -> Sequence[tuple[str, str | None]]:
    found = await bench.right.source.list_neighbours(name, Direction.OUT)
    return [(each.name, each.version) for each in found]


@pytest.mark.parametrize("kept", ["1.0.0", "2.0.0"])
async def test_references_lead_to_the_version_that_is_kept(bench: Bench, kept: str) -> None:
    first, second = ("1.0.0", "2.0.0") if kept == "1.0.0" else ("2.0.0", "1.0.0")
    await seed_services(bench.left, first, second)
    await bench.mover.export("App", f"Service@{first}", f"Service@{second}", database="left")
    if bench.right is bench.left:
        for name, version in (("App", None), ("Service", second)):
            request = DeleteRequest(database="right", name=name, version=version)
            assert (await bench.mover.run(JobKind.DELETE, request)).status is Status.CLOSED
    else:
        await seed_version(bench.right, "Service", first, nodes=0)
        await bench.right.add_node([f"Service@{first}", "Loose"], {"code": "service"})

    wanted = (("App", "1.0.0"), ("Service", first), ("Service", second))
    choices = choose(*wanted, on_conflict=ConflictAction.SKIP)
    job = await bench.mover.import_archive("out.zip", database="right", choices=choices)

    assert statuses(job) == ["added", "skipped", "version_added"]
    assert to_json(job.summary)["references"]["pending"] == 0
    assert await used_by(bench, "App") == [("Service", kept)]


async def test_references_within_an_import_keep_their_versions(bench: Bench) -> None:
    await seed_services(bench.left, "1.0.0", "2.0.0")
    await bench.mover.export("App", "Service@2.0.0", "Service@1.0.0", database="left")
    choices = [
        *choose(("App", "1.0.0"), on_conflict=ConflictAction.FAIL, name="App_new"),
        *choose(("Service", "1.0.0"), ("Service", "2.0.0"), on_conflict=ConflictAction.FAIL, name="Service_new"),
    ]
    job = await bench.mover.import_archive("out.zip", database="right", choices=tuple(choices))
    assert statuses(job) == ["added", "added", "added"]
    assert to_json(job.summary)["references"]["pending"] == 0
    assert await used_by(bench, "App_new") == [("Service_new", "1.0.0")]


async def test_an_overwrite_tells_who_uses_what_it_replaces(bench: Bench) -> None:
    nodes = await seed_services(bench.left, "1.0.0", "2.0.0")
    await bench.left.add_node(["Application"], {"Name": "Other", "Kind": "SERVICE"})
    other = await bench.left.add_node(["Other", "Loose"], {"code": "other"})
    await bench.left.add_relationship(other, nodes["1.0.0"], "USES")
    await bench.left.add_relationship(nodes["1.0.0"], nodes["2.0.0"], "REPLACES")
    await bench.mover.export("App", "Service@1.0.0", database="left")
    wanted = (("App", "1.0.0"), ("Service", "1.0.0"))
    choices = choose(*wanted, on_conflict=ConflictAction.OVERWRITE)

    job = await bench.mover.import_archive("out.zip", database="left", choices=choices)

    assert statuses(job) == ["replaced", "replaced"]
    assert to_json(job.summary)["affected"] == [{"name": "Other", "version": "1.0.0", "kind": "SERVICE"}]
    assert "references_lost" not in to_json(job.summary)
    assert [(each.name, each.version) for each in await bench.left.source.list_neighbours("Other", Direction.OUT)] == [
        ("Service", "1.0.0")
    ]
