"""The ids of applications travel with them, unless they are taken where they arrive."""

from __future__ import annotations

import pytest

from shared.catalogue import CatalogueEntry, service_id_of, version_id_of
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, DeleteRequest
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench
from tests.support.stacks.databases import SeededDatabase

pytestmark = pytest.mark.one_line

IDS = {"ServiceId": "service-1", "VersionId": "version-1"}


async def seed(database: SeededDatabase, name: str, **properties: str) -> None:
    await database.add_node(["Application"], {"Name": name, "Version": "1.0.0", **properties})
    await database.add_node([name, "Thing"], {"of": name})


async def entries(bench: Bench, name: str) -> list[CatalogueEntry]:
    return [each for each in await bench.right.source.list_applications() if each.name == name]


async def ids(bench: Bench, name: str) -> tuple[str, str]:
    (entry,) = await entries(bench, name)
    return entry.service_id, entry.version_id


def derived(bench: Bench, name: str) -> tuple[str, str]:
    database = bench.right.source.database
    return service_id_of(database, name), version_id_of(database, name, "1.0.0")


def ids_as_told(entry: CatalogueEntry) -> tuple[str, str]:
    """Give the ids of an entry; those that follow from its database are told of the database by the request's name."""
    follow = service_id_of(entry.database, entry.name), version_id_of(entry.database, entry.name, entry.version)
    here = service_id_of("right", entry.name), version_id_of("right", entry.name, entry.version)
    return (
        here[0] if entry.service_id == follow[0] else entry.service_id,
        here[1] if entry.version_id == follow[1] else entry.version_id,
    )


async def bring(
    bench: Bench,
    *,
    name: str = "Shop",
    import_as: str | None = None,
    action: ConflictAction = ConflictAction.FAIL,
    dry_run: bool = False,
) -> Job:
    choice = ApplicationChoice(source_name=name, name=import_as or name, on_conflict=action)
    job = await bench.mover.import_archive("out.zip", database="right", choices=(choice,), dry_run=dry_run)
    assert (job.status, job.failure) == (Status.CLOSED, None)
    (told,) = to_json(job.summary)["applications"]
    if not dry_run:
        found = [each for each in await entries(bench, told["name"]) if each.version == told["version"]]
        assert [(told["service_id"], told["version_id"])] == [ids_as_told(each) for each in found]
    return job


@pytest.fixture
async def shop(bench: Bench) -> None:
    """Give the archive of an application with ids of its own, and leave the database without it."""
    await seed(bench.left, "Shop", **IDS, owner="somebody", Kind="SERVICE")
    await bench.mover.export("Shop", database="left")
    await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="Shop"))


@pytest.mark.usefixtures("shop")
async def test_ids_and_further_properties_are_restored(bench: Bench) -> None:
    job = await bring(bench)
    (entry,) = await entries(bench, "Shop")
    assert (entry.service_id, entry.version_id) == tuple(IDS.values())
    assert (entry.kind, entry.properties, job.summary.warnings) == ("SERVICE", {"owner": "somebody"}, ())


async def test_an_application_without_ids_gets_none(bench: Bench) -> None:
    """They follow from database and name, here as there."""
    await seed(bench.left, "Plain")
    await bench.mover.export("Plain", database="left")
    await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="Plain"))
    await bring(bench, name="Plain", import_as="Other")
    assert await ids(bench, "Other") == derived(bench, "Other")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("own", [{"ServiceId": "own", "VersionId": "old"}, {}])
async def test_overwriting_leaves_the_services_own_id(bench: Bench, own: dict[str, str]) -> None:
    await seed(bench.right, "Shop", **own)
    job = await bring(bench, action=ConflictAction.OVERWRITE)
    expected = own.get("ServiceId") or derived(bench, "Shop")[0]
    assert (await ids(bench, "Shop"), job.summary.warnings) == ((expected, "version-1"), ())


@pytest.mark.usefixtures("shop")
async def test_an_import_over_itself_keeps_all(bench: Bench) -> None:
    await bring(bench)
    job = await bring(bench, action=ConflictAction.OVERWRITE)
    assert (await ids(bench, "Shop"), job.summary.warnings) == (tuple(IDS.values()), ())


@pytest.mark.usefixtures("shop")
async def test_an_added_version_keeps_the_services_id(bench: Bench) -> None:
    await seed(bench.right, "Shop", ServiceId="own", VersionId="old")
    job = await bring(bench, action=ConflictAction.ADD_VERSION)
    versions = {each.version: (each.service_id, each.version_id) for each in await entries(bench, "Shop")}
    new = version_id_of(bench.right.source.database, "Shop", "1.1.0")
    assert versions == {"1.0.0": ("own", "old"), "1.1.0": ("own", new)}
    assert job.summary.warnings == ()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_clash_gives_new_ids_and_says_so(bench: Bench, dry_run: bool) -> None:
    spelled = {key: each.upper() for key, each in IDS.items()}  # a UUID is the same in any letter case
    await seed(bench.right, "Else", **spelled)
    job = await bring(bench, dry_run=dry_run)
    (warning,) = job.summary.warnings or ()
    assert "'Shop' gets a new ServiceId and VersionId" in warning
    assert await ids(bench, "Else") == tuple(spelled.values())
    if not dry_run:
        assert await ids(bench, "Shop") == derived(bench, "Shop")


async def test_a_clash_within_the_archive_does_so_too(bench: Bench) -> None:
    for name in ("One", "Two"):
        await seed(bench.left, name, ServiceId="same", VersionId=f"version of {name}")
    await bench.mover.export("One", "Two", database="left")
    for name in ("One", "Two"):
        await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name=name))
    job = await bench.mover.import_archive("out.zip", database="right")
    assert await ids(bench, "One") == ("same", "version of One")
    assert await ids(bench, "Two") == (derived(bench, "Two")[0], "version of Two")
    assert [each.split(" in ")[0] for each in job.summary.warnings or ()] == ["Application 'Two' gets a new ServiceId"]


@pytest.mark.usefixtures("shop")
async def test_what_is_skipped_is_told_as_it_stays(bench: Bench) -> None:
    await seed(bench.right, "Shop", ServiceId="own", VersionId="old")
    await bring(bench, action=ConflictAction.SKIP)
    assert await ids(bench, "Shop") == ("own", "old")
