"""Imports are submitted on the native surface, application by application."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.jobs.record import Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, ImportRequest, VersionStep
from tests.gateway.conftest import Client, World, accepted_job
from tests.support.archives.small import make_archive

PATH = "/api/v1/imports"
BODY: dict[str, Any] = {"database": "source", "archive": "two.zip"}
ARCHIVE = make_archive("One", "Two")


@pytest.fixture(autouse=True)
def archive(world: World) -> None:
    world.archives.put("acme", "two.zip", ARCHIVE)


async def submit(client: Client, world: World, body: dict[str, Any], caller: str = "admin") -> Any:
    return await client.post(PATH, json=body, headers=world.as_(caller))


async def request_of(client: Client, world: World, body: dict[str, Any], caller: str = "admin") -> ImportRequest:
    request = (await accepted_job(client, world, PATH, body, caller)).request
    assert isinstance(request, ImportRequest)
    return request


async def test_an_import_of_all(client: Client, world: World) -> None:
    request = await request_of(client, world, BODY, "importer")
    assert request == ImportRequest(database="source", archive_name="two.zip", batch_size=5000)


async def test_each_application_in_its_own_way(client: Client, world: World) -> None:
    applications = [
        {"name": "One", "import_as": "Uno", "on_conflict": "add_version", "version_step": "patch"},
        {"name": "Two", "version": "1.0.0", "on_conflict": "rename", "suffix": "new"},
    ]
    request = await request_of(client, world, {**BODY, "applications": applications, "batch_size": 10})
    assert request == ImportRequest(
        database="source",
        archive_name="two.zip",
        batch_size=10,
        choices=(
            ApplicationChoice(
                source_name="One",
                name="Uno",
                on_conflict=ConflictAction.ADD_VERSION,
                version_step=VersionStep.PATCH,
            ),
            ApplicationChoice(
                source_name="Two",
                source_version="1.0.0",
                name="Two",
                on_conflict=ConflictAction.RENAME,
                suffix="new",
            ),
        ),
    )


async def test_labels_are_renamed(client: Client, world: World) -> None:
    request = await request_of(client, world, {**BODY, "rename_labels": {"Application": "Program", "A=B": "C"}})
    assert request.rename_labels == {"Application": "Program", "A=B": "C"}


async def test_a_dry_run_may_meet_a_conflict(client: Client, world: World) -> None:
    world.databases["source"].add_node(["One"])
    assert (await submit(client, world, BODY)).status == 409
    assert (await request_of(client, world, {**BODY, "dry_run": True})).dry_run


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"on_conflict": "rename"}, 400, "INVALID_REQUEST"),
        ({"applications": [{"name": "One", "on_conflict": "rename"}]}, 400, "INVALID_REQUEST"),
        ({"applications": [{"name": "Three"}]}, 400, "INVALID_REQUEST"),
        ({"applications": [{"name": "One", "import_as": "_FerryOne"}]}, 400, "INVALID_REQUEST"),
        ({"import_as": "Alone"}, 400, "INVALID_REQUEST"),
        ({"unknown": 1}, 400, "INVALID_REQUEST"),
        ({"rename_labels": {"A": ""}}, 400, "INVALID_REQUEST"),
        ({"rename_labels": {str(number): "A" for number in range(201)}}, 400, "INVALID_REQUEST"),
        ({"batch_size": 50_001}, 400, "INVALID_REQUEST"),
        ({"database": "nowhere"}, 404, "DATABASE_UNKNOWN"),
        ({"archive": "missing.zip"}, 404, "ARCHIVE_UNKNOWN"),
    ],
)
async def test_what_is_wrong_is_told_at_once(
    client: Client, world: World, more: dict[str, Any], status: int, code: str
) -> None:
    response = await submit(client, world, {**BODY, **more})
    assert (response.status, (await response.json())["code"]) == (status, code)
    assert world.jobs.jobs == {}


@pytest.mark.parametrize(
    "more", [{"on_conflict": "overwrite"}, {"applications": [{"name": "One", "on_conflict": "overwrite"}]}]
)
async def test_only_administrators_overwrite(client: Client, world: World, more: dict[str, Any]) -> None:
    assert (await submit(client, world, {**BODY, **more}, "importer")).status == 403
    assert (await submit(client, world, BODY, "user")).status == 403
    await request_of(client, world, {**BODY, **more})


async def send(client: Client, world: World, key: str, caller: str = "admin") -> tuple[int, str]:
    response = await client.post(PATH, json=BODY, headers={**world.as_(caller), "Idempotency-Key": key})
    return response.status, (await response.json()).get("id", "")


async def test_a_request_sent_again_is_the_same_job_whatever_happened_since(client: Client, world: World) -> None:
    first = await send(client, world, "k")
    world.databases["source"].add_node(["One"])  # as the job does
    world.jobs.slots.clear()
    world.jobs.jobs[first[1]] = replace(world.jobs.jobs[first[1]], status=Status.CLOSED)
    await world.archives.delete("acme", "two.zip")
    assert await send(client, world, "k") == first == (202, first[1])
    assert (await send(client, world, "another"))[0] == 404


async def test_users_do_not_meet_by_their_keys(client: Client, world: World) -> None:
    first, second = await send(client, world, "k"), await send(client, world, "k", "importer")
    assert (first[0], second[0]) == (202, 202)
    assert first[1] != second[1]
