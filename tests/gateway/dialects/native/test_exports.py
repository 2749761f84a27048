"""Exports are submitted on the native surface, with all their options."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.jobs.requests import ApplicationReference, ExportRequest, FileFilter
from tests.gateway.conftest import Client, World, accepted_job
from tests.support.memory.jobs import MemoryJobStore

PATH = "/api/v1/exports"
BODY: dict[str, Any] = {"database": "source", "applications": [{"name": "MyApp"}]}


async def submit(client: Client, world: World, body: dict[str, Any], **headers: str) -> Any:
    return await client.post(PATH, json=body, headers={**world.as_("user"), **headers})


async def request_of(client: Client, world: World, body: dict[str, Any], caller: str = "user") -> ExportRequest:
    request = (await accepted_job(client, world, PATH, body, caller)).request
    assert isinstance(request, ExportRequest)
    return request


async def test_an_export_of_one(client: Client, world: World) -> None:
    request = await request_of(client, world, BODY)
    assert request.applications == (ApplicationReference(name="MyApp"),)
    assert re.fullmatch(r"MyApp-\d{8}-\d{6}\.zip", request.archive_name)


async def test_every_option(client: Client, world: World) -> None:
    world.databases["source"].add_node(["Application"], {"Name": "Lib"})
    world.databases["source"].add_node(["Lib"])
    options = {"file_filter": "onpremises", "file_name": "Two of them.zip", "strip_secured": True, "batch_size": 10}
    applications = [{"name": "MyApp", "version": "2.1.0"}, {"name": "Lib"}]
    assert await request_of(client, world, {**BODY, **options, "applications": applications}) == ExportRequest(
        database="source",
        applications=(ApplicationReference(name="MyApp", version="2.1.0"), ApplicationReference(name="Lib")),
        archive_name="Two of them.zip",
        batch_size=10,
        strip_secured=True,
        file_filter=FileFilter.ONPREMISES,
    )


async def test_a_request_sent_twice_is_one_job(client: Client, world: World) -> None:
    answers = [await submit(client, world, BODY, **{"Idempotency-Key": "k"}) for _ in range(2)]
    first, second = [(await answer.json())["id"] for answer in answers]
    assert first == second
    assert list(world.jobs.jobs) == [first]


OTHER_BODY = {**BODY, "file_name": "other.zip"}
APPLICATION = "/api/v1/databases/source/applications/MyApp"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/exports", OTHER_BODY),
        ("POST", "/api/v1/exports?a=b", BODY),
        ("POST", "/api/v1/imports", {"database": "source", "archive": "a.zip"}),
        ("DELETE", APPLICATION, None),
        ("DELETE", f"{APPLICATION}?version=2.1.0", None),
    ],
)
async def test_a_key_is_good_for_one_request(
    client: Client, world: World, method: str, path: str, body: object
) -> None:
    headers = {**world.as_("admin"), "Idempotency-Key": "k"}
    first = await (await client.post("/api/v1/exports", json=BODY, headers=headers)).json()
    answer = await client.request(method, path, json=body, headers=headers)
    told = await answer.json()
    assert (answer.status, told["code"], told["details"]) == (422, "IDEMPOTENCY_KEY_REUSED", [first["id"]])
    assert list(world.jobs.jobs) == [first["id"]]


async def test_a_key_is_good_for_one_of_two_requests_at_once(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_nothing(store: MemoryJobStore, tenant: str, idempotency_key: str) -> None:
        """Answer as before the other request was accepted."""

    monkeypatch.setattr(MemoryJobStore, "find_accepted", find_nothing)
    key = {"Idempotency-Key": "k"}
    answers = [await submit(client, world, body, **key) for body in (BODY, OTHER_BODY, BODY)]
    assert [answer.status for answer in answers] == [202, 422, 202]
    assert len(world.jobs.jobs) == 1


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"applications": []}, 400, "INVALID_REQUEST"),
        ({"applications": [{"name": "MyApp"}, {"name": "MyApp", "version": "2.1.0"}]}, 400, "INVALID_REQUEST"),
        ({"batch_size": 50_001}, 400, "INVALID_REQUEST"),
        ({"file_filter": "everything"}, 400, "INVALID_REQUEST"),
        ({"unknown": 1}, 400, "INVALID_REQUEST"),
        ({"file_name": "../x.zip"}, 400, "INVALID_FILE_NAME"),
        ({"file_name": "x.tar"}, 400, "INVALID_FILE_NAME"),
        ({"file_name": "x.graphml"}, 400, "INVALID_FILE_NAME"),
        ({"file_name": "upload-0199f0c2-0000-7000-8000-000000000001.zip"}, 400, "INVALID_FILE_NAME"),
        ({"database": "private"}, 404, "DATABASE_UNKNOWN"),
        ({"applications": [{"name": "Other"}]}, 404, "APPLICATION_UNKNOWN"),
        ({"applications": [{"name": "MyApp", "version": "9.9.9"}]}, 404, "APPLICATION_UNKNOWN"),
    ],
)
async def test_what_is_wrong_is_told_at_once(
    client: Client, world: World, more: dict[str, Any], status: int, code: str
) -> None:
    response = await submit(client, world, {**BODY, **more})
    assert (response.status, (await response.json())["code"]) == (status, code)
    assert world.jobs.jobs == {}
