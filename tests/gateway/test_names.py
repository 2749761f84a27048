"""An application is the same in every Unicode normal form of its name, on every surface and for everybody's rights."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

import pytest

from shared.catalogue import CatalogueEntry
from shared.identity import ApplicationName, ImportedApplication
from shared.jobs.record import Job, Status
from shared.jobs.requests import DeleteRequest
from shared.jobs.summary_json import to_json
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.darwin.conftest import Darwin, names_in, package_of, working
from tests.gateway.dialects.darwin.conftest import version as version_of
from tests.gateway.dialects.spark.conftest import Spark, read
from tests.support.archives.small import make_archive
from tests.support.keys import CREATED
from tests.support.memory.graph.source import MemorySource

NFC, NFD = "Caf\u00e9", "Cafe\u0301"
TWINS = ("\u1e69", "\u1e63\u0307")
THIRD = "s\u0323\u0307"
GRANTS = "/api/v1/grants"
ARCHIVE, BOTH = make_archive(NFD), make_archive(NFC, NFD)


@pytest.fixture
def world(world: World) -> World:
    source = world.databases["source"]
    for name in (NFC, *TWINS):
        source.add_node(["Application"], {"Name": name, "Version": "1.0.0"})
        source.add_node([name, "Object"], {"of": name})
    source.add_node(["Bare\u00e9", "Object"], {"number": 1})
    world.archives.put("acme", "nfd.zip", ARCHIVE)
    return world


async def ask(client: Client, world: World, path: str, body: object, status: int, caller: str = "admin") -> Any:
    answer = await client.post(path, json=body, headers=world.as_(caller))
    told = await answer.json()
    assert answer.status == status, told
    return told


async def finish(world: World) -> Job:
    await world.work()
    job = max(world.jobs.jobs.values(), key=lambda each: each.id)
    assert job.status is Status.CLOSED, job.failure
    return job


async def names_moved(world: World) -> list[str]:
    return [each["name"] for each in to_json((await finish(world)).summary)["applications"]]


def content(world: World, database: str = "source") -> list[str]:
    nodes = world.databases[database].nodes.values()
    return sorted(str(each.properties["Name"]) for each in nodes if "Application" in each.labels)


@pytest.mark.parametrize("sent", [NFC, NFD])
async def test_it_is_exported_from_everywhere(client: Client, world: World, sent: str) -> None:
    native = {"database": "source", "applications": [{"name": sent}]}
    await ask(client, world, "/imaging/etl/api/app/export", {"database": "source", "export_app": sent}, 200)
    assert await names_moved(world) == [NFC]
    await ask(client, world, "/api/v1/exports", native, 202)
    assert await names_moved(world) == [NFC]
    spark = Spark(client=client, world=world)
    outputs = (await spark.export_whole(services=[f"source/{sent}[1.0]"]))["outputs"]
    assert [each["service_source"] for each in outputs["service_versions"]] == [NFC]
    async with working(world):
        package = await package_of(await Darwin(client=client, world=world).export(version_of(sent)))
    assert names_in(package) == [f"{NFC}:1.0.0"]


async def test_a_bare_label_is_found_too(client: Client, world: World) -> None:
    await read(await Spark(client=client, world=world).export(services=["source/Baree\u0301"]))
    assert await names_moved(world) == ["Bare\u00e9"]


async def test_an_archive_of_the_other_form_is_of_the_same_application(client: Client, world: World) -> None:
    wanted = {"database": "source", "archive": "nfd.zip"}
    assert (await ask(client, world, "/api/v1/imports", wanted, 409))["code"] == "APPLICATION_EXISTS"
    before = content(world)
    inspected = await client.get("/api/v1/archives/nfd.zip/inspect?database=source", headers=world.as_("admin"))
    assert [each["exists"] for each in (await inspected.json())["conflicts"]] == [True]
    await ask(client, world, "/api/v1/imports", {**wanted, "on_conflict": "overwrite"}, 202)
    (told,) = to_json((await finish(world)).summary)["applications"]
    assert (told["name"], told["status"]) == (NFC, "replaced")
    assert content(world) == before
    row = {"service_uri_source": f"source/{NFC}", "service_uri_destination": f"target/{NFC}"}
    await Spark(client=client, world=world).import_whole({"inputs": {"services_modify": [row]}}, ARCHIVE)
    assert content(world, "target") == [NFC]


async def test_two_of_one_name_in_an_archive_are_told_apart_by_the_caller(client: Client, world: World) -> None:
    world.archives.put("acme", "both.zip", BOTH)
    wanted = {"database": "target", "archive": "both.zip"}
    await ask(client, world, "/api/v1/imports", wanted, 202)
    await world.work()
    (job,) = world.jobs.jobs.values()
    assert job.failure is not None
    assert "import them under names of their own" in job.failure.message
    choices = [{"name": NFC}, {"name": NFD, "import_as": "Other"}]
    await ask(client, world, "/api/v1/imports", {**wanted, "applications": choices}, 202)
    await finish(world)
    assert content(world, "target") == [NFC, "Other"]


async def test_it_is_deleted_in_all_its_versions(client: Client, world: World) -> None:
    source = world.databases["source"]
    source.add_node(["Application"], {"Name": NFC, "Version": "2.0.0", "Label": f"{NFC}@2.0.0"})
    source.add_node([f"{NFC}@2.0.0", "Object"])
    answer = await client.delete(f"/api/v1/databases/source/applications/{NFD}", headers=world.as_("admin"))
    assert answer.status == 202
    assert (await finish(world)).request == DeleteRequest(database="source", name=NFC)
    assert NFC not in content(world)
    jobs = await client.get("/api/v1/jobs", params={"application": NFD}, headers=world.as_("admin"))
    assert len((await jobs.json())["jobs"]) == 1


async def test_what_is_deleted_twice_takes_no_other_along(client: Client, world: World) -> None:
    one, other = TWINS
    for _ in range(2):
        path = f"/api/v1/databases/source/applications/{one}"
        assert (await client.delete(path, headers=world.as_("admin"))).status == 202
    await world.work()
    assert sorted(job.status for job in world.jobs.jobs.values()) == [Status.CLOSED, Status.FAILED]
    assert (one in content(world), other in content(world)) == (False, True)


@pytest.mark.parametrize("sent", TWINS)
async def test_of_two_spellings_the_one_that_was_sent_is_meant(client: Client, world: World, sent: str) -> None:
    await ask(client, world, "/api/v1/exports", {"database": "source", "applications": [{"name": sent}]}, 202)
    assert await names_moved(world) == [sent]


async def test_a_third_spelling_of_two_is_refused(client: Client, world: World) -> None:
    wanted = {"database": "source", "applications": [{"name": THIRD}]}
    error = await ask(client, world, "/api/v1/exports", wanted, 400)
    assert (error["code"], len(error["details"])) == ("NAME_AMBIGUOUS", 2)
    bring = {"database": "source", "archive": "nfd.zip", "import_as": THIRD, "on_conflict": "overwrite"}
    assert (await ask(client, world, "/api/v1/imports", bring, 400))["code"] == "NAME_AMBIGUOUS"
    assert world.jobs.jobs == {}


@pytest.mark.parametrize("caller", ["admin", "user"])
async def test_many_names_are_looked_for_at_once(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, caller: str
) -> None:
    looked_for: list[Collection[str]] = []
    find_bare_labels = MemorySource.find_bare_labels

    async def find(self: MemorySource, names: Collection[str]) -> Sequence[CatalogueEntry]:
        looked_for.append(names)
        return await find_bare_labels(self, names)

    names = [f"Bare\u00e9{number}" for number in range(20)]
    for name in names:
        world.databases["source"].add_node([name, "Object"], {"of": name})
    monkeypatch.setattr(MemorySource, "find_bare_labels", find)
    wanted = {"database": "source", "applications": [{"name": unicodedata.normalize("NFD", name)} for name in names]}
    await ask(client, world, "/api/v1/exports", wanted, 202, caller)
    assert len(looked_for) == 1
    assert await names_moved(world) == names


async def test_no_form_leads_around_a_right(client: Client, world: World) -> None:
    for name in (NFC, *TWINS):
        brought = ImportedApplication(
            application=ApplicationName("source", name), tenant="acme", user="admin", job_id="j", created=CREATED
        )
        await world.identity.note_imported([brought], names=["source"])
    for sent in (NFC, NFD, THIRD, "Nothe\u0301re"):
        wanted = {"database": "source", "applications": [{"name": sent}]}
        error = await ask(client, world, "/api/v1/exports", wanted, 404, "user")
        assert (error["code"], error["detail"]) == (
            "APPLICATION_UNKNOWN",
            f"Application {sent!r} is unknown in database 'source'.",
        )
    grant = {"database": "source", "application": NFD, "user": "user"}
    assert (await ask(client, world, GRANTS, grant, 201))["application"] == NFC
    for sent in (NFC, NFD):
        await ask(
            client, world, "/api/v1/exports", {"database": "source", "applications": [{"name": sent}]}, 202, "user"
        )


async def test_an_inspection_tells_who_may_see_an_application_of_it_in_another_form(
    client: Client, world: World
) -> None:
    world.databases["target"].add_node(["Application"], {"Name": NFD})
    for database in ("source", "target"):
        await ask(client, world, GRANTS, {"database": database, "application": NFD, "user": "user"}, 201)
    wanted = {"database": "source", "applications": [{"name": NFC}], "file_name": "own.zip"}
    await ask(client, world, "/api/v1/exports", wanted, 202, "user")
    await finish(world)
    answer = await client.get("/api/v1/archives/own.zip/inspect?database=target", headers=world.as_("user"))
    (conflict,) = (await answer.json())["conflicts"]
    assert (conflict["name"], conflict["exists"]) == (NFC, True)
