"""What a job's submitter may no longer have done when the job's turn comes is not done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from shared.identity import ApplicationName, Grant, ImportedApplication, Role
from shared.jobs.record import Job, Status
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.archives.small import make_archive
from tests.support.issuers import AUDIENCE, ISSUER, open_issuer
from tests.support.keys import CREATED, make_user

ARCHIVE = make_archive("Coming")
MY_APP = ApplicationName("source", "MyApp")
GRANT = Grant(tenant="acme", application=MY_APP, user="user", granted_by="admin", created=CREATED)
EXPORT = {"database": "source", "applications": [{"name": "MyApp"}]}
IMPORT = {"database": "target", "archive": "a.zip"}
OVERWRITE = {**IMPORT, "on_conflict": "overwrite"}
COPY = {"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]}
DELETE = "databases/source/applications/MyApp"

Change = Callable[[World], Awaitable[object]]


@pytest.fixture
async def world(world: World) -> World:
    """MyApp was imported by `importer`, and is granted to `user`."""
    imported = ImportedApplication(application=MY_APP, tenant="acme", user="importer", job_id="one", created=CREATED)
    await world.identity.note_imported([imported])
    await world.identity.put_grant(GRANT)
    world.archives.put("acme", "a.zip", ARCHIVE)
    return world


async def take_grant_back(world: World) -> None:
    await world.identity.remove_grant(GRANT)


def remove(user: str, tenant: str = "acme") -> Change:
    return lambda world: world.identity.remove_user(tenant, user)


def disable(user: str) -> Change:
    return lambda world: world.identity.change_user("acme", user, lambda known: replace(known, disabled=True))


def give(user: str, *roles: Role, tenant: str = "acme") -> Change:
    return lambda world: world.identity.change_user(tenant, user, lambda known: replace(known, roles=frozenset(roles)))


async def take_databases(world: World) -> None:
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, databases=("lost",)))


async def change_nothing(_: World) -> None:
    pass


def content(world: World) -> dict[str, Any]:
    return {name: (data.nodes, data.relationships, data.journals) for name, data in world.databases.items()}


async def post(client: Client, path: str, body: object, headers: dict[str, str]) -> Any:
    method = "DELETE" if path == DELETE else "POST"
    async with client.request(method, f"/api/v1/{path}", json=body, headers=headers) as answer:
        assert answer.status == 202, await answer.text()
        return await answer.json()


async def wait_and_work(
    client: Client, world: World, path: str, body: dict[str, Any], headers: dict[str, str], change: Change
) -> Job:
    """Have a job wait for another of an administrator; change something before either is begun."""
    first = await post(client, "exports", {**EXPORT, "file_name": "first.zip"}, world.as_("admin"))
    job = await post(client, path, body, headers)
    await change(world)
    await world.work()
    if change is not take_databases:
        assert (await world.jobs.get(first["id"])).status is Status.CLOSED
    return await world.jobs.get(job["id"])


@pytest.mark.parametrize(
    ("caller", "path", "body", "change", "code"),
    [
        ("user", "exports", EXPORT, take_grant_back, "APPLICATION_UNKNOWN"),
        ("user", "exports", EXPORT, remove("user"), "FORBIDDEN"),
        ("user", "exports", EXPORT, disable("user"), "FORBIDDEN"),
        ("user", "exports", EXPORT, take_databases, "DATABASE_UNKNOWN"),
        ("architect", "exports", EXPORT, give("architect", Role.ARCHITECT), "APPLICATION_UNKNOWN"),
        ("importer", "imports", IMPORT, give("importer"), "FORBIDDEN"),
        ("importer", "imports", IMPORT, take_databases, "DATABASE_UNKNOWN"),
        ("root", "imports", OVERWRITE, give("root", Role.IMPORTER, tenant=""), "FORBIDDEN"),
        ("root", "exports", EXPORT, remove("root", ""), "FORBIDDEN"),
        ("importer", "copies", COPY, give("importer", Role.SUPERVISOR), "FORBIDDEN"),
        ("importer", "copies", COPY, remove("importer"), "FORBIDDEN"),
        ("root", DELETE, {}, remove("root", ""), "FORBIDDEN"),
    ],
)
async def test_nothing_is_done(
    client: Client, world: World, caller: str, path: str, body: dict[str, Any], change: Change, code: str
) -> None:
    before = deepcopy(content(world))
    headers = {**world.as_(caller), "x-tenant-name": "acme"}
    job = await wait_and_work(client, world, path, body, headers, change)
    assert job.failure is not None
    assert (job.status, job.failure.code, job.archive) == (Status.FAILED, code, None)
    assert content(world) == before
    firsts = [] if change is take_databases else ["first.zip"]
    assert [each.name for each in await world.archives.list_archives("acme")] == ["a.zip", *firsts]


@pytest.mark.parametrize(
    ("caller", "path", "body"),
    [
        ("user", "exports", EXPORT),
        ("importer", "imports", IMPORT),
        ("importer", "copies", COPY),
        ("root", "imports", OVERWRITE),
        ("root", DELETE, {}),
    ],
)
async def test_who_still_may_is_served(
    client: Client, world: World, caller: str, path: str, body: dict[str, Any]
) -> None:
    headers = {**world.as_(caller), "x-tenant-name": "acme"}
    job = await wait_and_work(client, world, path, body, headers, change_nothing)
    assert (job.status, job.failure) == (Status.CLOSED, None)


async def test_an_administrator_who_lost_the_role_overwrites_nothing(client: Client, world: World) -> None:
    job = await post(client, "imports", OVERWRITE, world.as_("admin"))
    await give("admin", Role.IMPORTER)(world)
    await world.work()
    failure = (await world.jobs.get(job["id"])).failure
    assert failure is not None
    assert failure.code == "FORBIDDEN"


@pytest.mark.parametrize(
    ("change", "status"),
    [(change_nothing, Status.CLOSED), (disable("jane"), Status.FAILED)],
)
async def test_an_issuers_user_keeps_the_roles_of_the_token(
    world: World, start_gateway: StartGateway, change: Change, status: Status
) -> None:
    async with open_issuer() as issuer:
        named = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
        settings = world.settings.model_validate({**world.settings.model_dump(), **named})
        client = await start_gateway(replace(world, settings=settings).resources())
        await world.identity.create_user(make_user(name="jane", roles=()))
        headers = {"Authorization": f"Bearer {issuer.sign(tenant='acme', roles=['importer'])}"}
        job = await wait_and_work(client, world, "imports", IMPORT, headers, change)
    assert job.status is status
