"""Copies are submitted on the native surface; what they go through stays out of sight."""

from __future__ import annotations

from typing import Any

import pytest

from shared.archive_names import name_for_spool
from shared.jobs.record import JobKind
from shared.jobs.requests import ApplicationChoice, ConflictAction, CopyRequest, VersionStep
from tests.gateway.conftest import Client, World, accepted_job
from tests.support.archives.small import make_archive

PATH = "/api/v1/copies"
ARCHIVE = make_archive("MyApp")
BODY: dict[str, Any] = {"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]}


async def submit(client: Client, world: World, body: dict[str, Any], caller: str = "admin") -> Any:
    return await client.post(PATH, json=body, headers=world.as_(caller))


async def request_of(client: Client, world: World, body: dict[str, Any], caller: str = "admin") -> CopyRequest:
    request = (await accepted_job(client, world, PATH, body, caller)).request
    assert isinstance(request, CopyRequest)
    return request


async def test_a_copy_of_one(client: Client, world: World) -> None:
    assert await request_of(client, world, BODY, "importer") == CopyRequest(
        from_database="source",
        to_database="target",
        choices=(ApplicationChoice(source_name="MyApp", name="MyApp"),),
        batch_size=5000,
    )


async def test_its_job_is_of_the_database_that_it_changes(client: Client, world: World) -> None:
    job = await accepted_job(client, world, PATH, BODY, "admin")
    assert (job.kind, job.database) == (JobKind.COPY, "target")


async def test_every_option(client: Client, world: World) -> None:
    world.databases["source"].add_node(["Lib"])
    own_way = {"version": "2.1.0", "import_as": "Mine", "on_conflict": "add_version", "version_step": "major"}
    body = {
        **BODY,
        "applications": [{"name": "MyApp", **own_way}, {"name": "Lib"}],
        "on_conflict": "rename",
        "suffix": "copy",
        "strip_secured": True,
        "batch_size": 10,
        "fail_on_difference": True,
        "join_labels": ["ObjectType"],
        "dry_run": True,
    }
    assert await request_of(client, world, body) == CopyRequest(
        from_database="source",
        to_database="target",
        choices=(
            ApplicationChoice(
                source_name="MyApp",
                source_version="2.1.0",
                name="Mine",
                on_conflict=ConflictAction.ADD_VERSION,
                version_step=VersionStep.MAJOR,
                suffix="copy",
            ),
            ApplicationChoice(source_name="Lib", name="Lib", on_conflict=ConflictAction.RENAME, suffix="copy"),
        ),
        batch_size=10,
        strip_secured=True,
        fail_on_difference=True,
        join_labels=("ObjectType",),
        dry_run=True,
    )


async def test_within_one_database_another_name_is_needed(client: Client, world: World) -> None:
    within = {**BODY, "to_database": "source"}
    response = await submit(client, world, within)
    assert (response.status, (await response.json())["code"]) == (409, "APPLICATION_EXISTS")
    await request_of(client, world, {**within, "applications": [{"name": "MyApp", "import_as": "Mine"}]})


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"applications": []}, 400, "INVALID_REQUEST"),
        ({"applications": [{"name": "MyApp"}, {"name": "MyApp", "import_as": "Mine"}]}, 400, "INVALID_REQUEST"),
        ({"on_conflict": "rename"}, 400, "INVALID_REQUEST"),
        ({"applications": [{"name": "MyApp", "import_as": "_FerryApp"}]}, 400, "INVALID_REQUEST"),
        ({"unknown": 1}, 400, "INVALID_REQUEST"),
        ({"from_database": "private"}, 404, "DATABASE_UNKNOWN"),
        ({"to_database": "private"}, 404, "DATABASE_UNKNOWN"),
        ({"applications": [{"name": "Other"}]}, 404, "APPLICATION_UNKNOWN"),
    ],
)
async def test_what_is_wrong_is_told_at_once(
    client: Client, world: World, more: dict[str, Any], status: int, code: str
) -> None:
    response = await submit(client, world, {**BODY, **more})
    assert (response.status, (await response.json())["code"]) == (status, code)
    assert world.jobs.jobs == {}


async def test_several_versions_have_to_be_named(client: Client, world: World) -> None:
    world.databases["source"].add_node(["Application"], {"Name": "MyApp", "Version": "1.0.0", "Label": "MyApp1"})
    world.databases["source"].add_node(["MyApp1"])
    both: list[dict[str, str]] = [{"name": "MyApp", "version": "1.0.0"}, {"name": "MyApp"}]
    assert (await submit(client, world, {**BODY, "applications": both})).status == 400
    both[1]["version"] = "2.1.0"
    await request_of(client, world, {**BODY, "applications": both})


async def test_a_copy_needs_the_rights_of_an_import(client: Client, world: World) -> None:
    overwrite = {**BODY, "on_conflict": "overwrite"}
    assert (await submit(client, world, BODY, "user")).status == 403
    assert (await submit(client, world, overwrite, "importer")).status == 403
    await request_of(client, world, overwrite)


async def test_what_a_copy_goes_through_does_not_exist_for_callers(client: Client, world: World) -> None:
    name, headers = name_for_spool("0199f0c2-0000-7000-8000-000000000001"), world.as_("admin")
    world.archives.put("acme", name, ARCHIVE)
    listed = await (await client.get("/api/v1/archives", headers=headers)).json()
    assert listed["archives"] == []
    answers = [
        await client.get(f"/api/v1/archives/{name}", headers=headers),
        await client.get(f"/api/v1/archives/{name}/inspect", headers=headers),
        await client.delete(f"/api/v1/archives/{name}", headers=headers),
        await client.post("/api/v1/imports", json={"database": "target", "archive": name}, headers=headers),
        await client.put(f"/api/v1/archives/{name}", data=ARCHIVE, headers=headers),
    ]
    assert [answer.status for answer in answers] == [404, 404, 404, 404, 400]
    assert (await world.archives.get("acme", name)).bytes > 0
