"""The contract of the viewer's scripts, field by field: names, types, defaults, statuses, errors."""

from __future__ import annotations

import re
import uuid
from typing import Any

import orjson
import pytest

from shared.jobs.record import Status
from shared.jobs.requests import ConflictAction, ExportRequest, ImportRequest
from tests.gateway.conftest import Client, World
from tests.support.archives.small import make_archive

BASE = "/imaging/etl/api/app"
EXPORT = {"database": "source", "export_app": "MyApp"}
IMPORT = {"import_app": "App.zip", "database": "target"}


@pytest.fixture
def world(world: World) -> World:
    world.archives.put("acme", "App.zip", make_archive("App"))
    return world


async def ask(
    client: Client, world: World, verb: str, body: object, status: int = 200, caller: str = "admin"
) -> dict[str, Any]:
    """Give the body of an answer that must have this status; that of an error without its frame."""
    answer = await client.post(f"{BASE}/{verb}", json=body, headers=world.as_(caller))
    told: dict[str, Any] = await answer.json()
    assert (answer.status, answer.content_type) == (status, "application/json")
    if status == 200:
        return told
    assert list(told) == ["error"]
    assert list(told["error"]) == ["code", "message", "details"]
    assert all(isinstance(each, str) for each in (told["error"]["code"], told["error"]["message"]))
    assert isinstance(told["error"]["details"], list)
    error: dict[str, Any] = told["error"]
    return error


@pytest.mark.parametrize(("verb", "body"), [("export", EXPORT), ("import", IMPORT)])
async def test_an_accepted_job(client: Client, world: World, verb: str, body: dict[str, Any]) -> None:
    told = await ask(client, world, verb, body)
    assert list(told) == ["success"]
    assert list(told["success"]) == ["uuid", "logFile"]
    assert str(uuid.UUID(told["success"]["uuid"])) == told["success"]["uuid"]
    assert isinstance(told["success"]["logFile"], str)
    await world.work()
    log = await client.get(f"/api/v1/jobs/{told['success']['uuid'].upper()}/log", headers=world.as_("admin"))
    assert log.status == 200
    assert all(isinstance(orjson.loads(line), dict) for line in (await log.read()).splitlines())


@pytest.mark.parametrize(("verb", "body"), [("export", EXPORT), ("import", IMPORT)])
async def test_headers(client: Client, world: World, verb: str, body: dict[str, Any]) -> None:
    answer = await client.post(f"{BASE}/{verb}", json=body, headers=world.as_("admin"))
    job_id = (await answer.json())["success"]["uuid"]
    assert answer.headers["Location"].endswith(f"/api/v1/jobs/{job_id}")
    assert answer.headers["Link"].endswith('/log>; rel="log"')
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("sent", [{}, {"batch_size": 0}, {"batch_size": None}])
async def test_defaults(client: Client, world: World, sent: dict[str, Any]) -> None:
    exported = (await ask(client, world, "export", {**EXPORT, **sent}))["success"]["uuid"]
    imported = (await ask(client, world, "import", {**IMPORT, **sent}))["success"]["uuid"]
    export, import_ = [(await world.jobs.get(each)).request for each in (exported, imported)]
    assert isinstance(export, ExportRequest)
    assert isinstance(import_, ImportRequest)
    assert (export.batch_size, import_.batch_size) == (1000, 1000)
    assert import_.import_as is None
    assert import_.on_conflict is ConflictAction.FAIL


async def test_the_archive_of_an_export(client: Client, world: World) -> None:
    for _ in range(2):
        await ask(client, world, "export", EXPORT)
    await world.work()
    names = [each.name for each in await world.archives.list_archives("acme") if each.name.startswith("MyApp-")]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"MyApp-\d{8}-\d{6}(-2)?\.zip", each) for each in names)
    await ask(client, world, "import", {**IMPORT, "import_app": names[0]})


@pytest.mark.parametrize(
    ("verb", "body", "path"),
    [
        ("export", {"export_app": "MyApp"}, "database"),
        ("export", {"database": "source"}, "export_app"),
        ("export", {**EXPORT, "database": 1}, "database"),
        ("export", {**EXPORT, "export_app": ["MyApp"]}, "export_app"),
        ("export", {**EXPORT, "batch_size": 50_001}, "batch_size"),
        ("export", {**EXPORT, "batch_size": -1}, "batch_size"),
        ("export", {**EXPORT, "batch_size": True}, "batch_size"),
        ("export", {**EXPORT, "batch_size": "1000"}, "batch_size"),
        ("import", {"database": "target"}, "import_app"),
        ("import", {"import_app": "App.zip"}, "database"),
        ("import", {**IMPORT, "on_conflict": "perhaps"}, "on_conflict"),
    ],
)
async def test_wrong_fields(client: Client, world: World, verb: str, body: dict[str, Any], path: str) -> None:
    (detail,) = (await ask(client, world, verb, body, 400))["details"]
    assert detail.partition(":")[0] == path


async def test_what_does_not_exist(client: Client, world: World) -> None:
    for verb, body in (("export", EXPORT), ("import", IMPORT)):
        assert (await ask(client, world, verb, {**body, "database": "no"}, 404))["code"] == "DATABASE_UNKNOWN"
    assert (await ask(client, world, "export", {**EXPORT, "export_app": "No"}, 404))["code"] == "APPLICATION_UNKNOWN"
    missing = await ask(client, world, "import", {**IMPORT, "import_app": "no.zip"}, 404)
    assert missing["message"] == "file 'no.zip' not found"
    answers = [
        await client.post(f"{BASE}/else", json={}, headers=world.as_("admin")),
        await client.get(f"{BASE}/export", headers=world.as_("admin")),
    ]
    assert [each.status for each in answers] == [404, 405]
    assert [list(await each.json()) for each in answers] == [["error"]] * 2


async def test_an_application_that_is_there(client: Client, world: World) -> None:
    error = await ask(client, world, "import", {**IMPORT, "database": "source", "import_as": "MyApp"}, 409)
    assert "already exists" in error["message"]
    assert "delete" in error["message"].lower()
    assert "another name" in error["message"]


async def test_the_queue_of_a_tenant(client: Client, world: World) -> None:
    for _ in range(26):
        await ask(client, world, "export", EXPORT)
    assert {job.status for job in world.jobs.jobs.values()} == {Status.CREATED}
    assert "could not be queued" in (await ask(client, world, "export", EXPORT, 503))["message"]
    await world.work()
    ended = sorted(world.jobs.jobs.values(), key=lambda job: job.created)
    assert {job.status for job in ended} == {Status.CLOSED}
    begun = [job.started for job in ended if job.started is not None]
    assert begun == sorted(begun)


async def test_credentials(client: Client, world: World) -> None:
    answers = [
        await client.post(f"{BASE}/export", json=EXPORT, headers=headers)
        for headers in ({}, {"X-API-KEY": "no"}, {"x-synthetic-key": world.keys["admin"]}, world.as_("user"))
    ]
    assert [each.status for each in answers] == [401, 401, 200, 200]
    assert "WWW-Authenticate" in answers[0].headers
    await ask(client, world, "import", IMPORT, 403, "user")
    await ask(client, world, "import", IMPORT, 200, "importer")
