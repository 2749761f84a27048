"""Applications are deleted by jobs, which administrators submit."""

from __future__ import annotations

import pytest

from shared.jobs.record import JobKind
from shared.jobs.requests import DeleteRequest
from tests.gateway.conftest import Client, World

PATH = "/api/v1/databases/source/applications/"


@pytest.fixture(autouse=True)
def application(world: World) -> None:
    data = world.databases["source"]
    data.add_node(["Application"], {"Name": "My App/1", "Version": "2.0.0"})
    data.add_node(["My App/1"])


async def test_a_deletion_is_a_job(client: Client, world: World) -> None:
    response = await client.delete(f"{PATH}My%20App%2F1", headers=world.as_("admin"))
    assert response.status == 202
    told = await response.json()
    assert response.headers["Location"].endswith(f"/api/v1/jobs/{told['id']}")
    assert (told["kind"], told["status"], told["surface"]) == ("delete", "created", "native")
    job = await world.jobs.get(told["id"])
    assert (job.kind, job.request) == (JobKind.DELETE, DeleteRequest(database="source", name="My App/1"))


async def test_a_version_may_be_named(client: Client, world: World) -> None:
    response = await client.delete(f"{PATH}My%20App%2F1?version=2.0.0", headers=world.as_("admin"))
    job = await world.jobs.get((await response.json())["id"])
    assert job.request == DeleteRequest(database="source", name="My App/1", version="2.0.0")


async def test_one_key_is_one_deletion(client: Client, world: World) -> None:
    headers = {**world.as_("admin"), "Idempotency-Key": "once"}
    answers = [await client.delete(f"{PATH}My%20App%2F1", headers=headers) for _ in range(2)]
    assert len({(await answer.json())["id"] for answer in answers}) == 1


@pytest.mark.parametrize("caller", ["importer", "supervisor", "user"])
async def test_only_administrators_delete(client: Client, world: World, caller: str) -> None:
    response = await client.delete(f"{PATH}My%20App%2F1", headers=world.as_(caller))
    assert response.status == 403
    assert world.jobs.jobs == {}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{PATH}Missing", "APPLICATION_UNKNOWN"),
        (f"{PATH}My%20App%2F1?version=3.0.0", "APPLICATION_UNKNOWN"),
        ("/api/v1/databases/nowhere/applications/App", "DATABASE_UNKNOWN"),
    ],
)
async def test_what_is_not_there_is_told_at_once(client: Client, world: World, path: str, code: str) -> None:
    response = await client.delete(path, headers=world.as_("admin"))
    assert (response.status, (await response.json())["code"]) == (404, code)
    assert world.jobs.jobs == {}


async def test_what_an_unfinished_deletion_removes_may_be_imported_after_it(client: Client, world: World) -> None:
    """Delete, then import again, is usual: the job looks when its turn has come."""
    await client.delete(f"{PATH}My%20App%2F1", headers=world.as_("admin"))
    again = await client.delete(f"{PATH}My%20App%2F1", headers=world.as_("admin"))
    assert again.status == 202
