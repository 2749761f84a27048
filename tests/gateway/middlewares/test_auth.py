"""Good credentials in every form are let in, for the right tenant, with the right role."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import encode_basic_auth, web

from shared.api_keys import new_key
from shared.identity import Role
from tests.gateway.conftest import Client, World
from tests.support.keys import admit, make_key

ME = "/api/v1/me"
JOBS = "/api/v1/jobs"


@pytest.mark.parametrize("header", ["X-API-KEY", "x-api-key", "x-synthetic-key"])
async def test_a_key_in_its_header(client: Client, world: World, header: str) -> None:
    response = await client.get(ME, headers={header: world.keys["admin"]})
    assert response.status == 200
    body = await response.json()
    assert body.pop("key").keys() == {"id", "name", "last_four", "expires"}
    assert body == {
        "user": "admin",
        "tenant": "acme",
        "roles": ["ADMIN"],
        "databases": ["source", "target"],
        "tenants": ["acme"],
        "permissions": {
            "may_import": True,
            "may_administer": True,
            "sees_all_jobs": True,
            "may_use_catalogue": False,
            "is_super_admin": False,
        },
    }


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_a_key_as_bearer(client: Client, world: World, scheme: str) -> None:
    response = await client.get(ME, headers={"Authorization": f"{scheme} {world.keys['user']}"})
    assert (await response.json())["user"] == "user"


async def test_a_key_as_basic_password_of_its_user(client: Client, world: World) -> None:
    response = await client.get(ME, headers={"Authorization": encode_basic_auth("user", world.keys["user"])})
    assert (await response.json())["user"] == "user"
    of_a_shell = encode_basic_auth("user", f"{world.keys['user']}\n")
    assert (await client.get(ME, headers={"Authorization": of_a_shell})).status == 200
    response = await client.get(ME, headers={"Authorization": encode_basic_auth("admin", world.keys["user"])})
    assert response.status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-KEY": ""},
        {"X-API-KEY": "gf_wrong"},
        {"x-synthetic-key": "gf_\u00e4"},
        {"Authorization": "Bearer None"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer gf_wrong"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic \u00e4"},
        {"Authorization": "Basic " + base64.b64encode(b"nocolon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        {"Authorization": "Digest x"},
    ],
)
async def test_no_or_bad_credentials(client: Client, headers: dict[str, str]) -> None:
    response = await client.get(ME, headers=headers)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="graphferry", charset="UTF-8"'
    assert (await response.json())["code"] == "UNAUTHENTICATED"


async def test_a_well_formed_key_that_nobody_has(client: Client) -> None:
    assert (await client.get(ME, headers={"X-API-KEY": new_key()})).status == 401


async def test_an_expired_key(client: Client, world: World) -> None:
    text, now = new_key(), datetime.now(UTC)
    await admit(world.identity, make_key(text=text, expires=now + timedelta(hours=1)))
    assert (await client.get(ME, headers={"X-API-KEY": text})).status == 200
    await world.identity.create_key(make_key(text=text, expires=now))
    assert (await client.get(ME, headers={"X-API-KEY": text})).status == 401


async def test_too_many_bad_keys_are_told_to_wait_and_good_ones_pass(client: Client, world: World) -> None:
    bad = {"X-API-KEY": new_key()}
    assert [(await client.get(ME, headers=bad)).status for _ in range(4)] == [401, 401, 401, 429]
    response = await client.get(ME, headers=bad)
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert (await response.json())["code"] == "TOO_MANY_FAILED_LOGINS"
    assert (await client.get(ME, headers=world.as_("user"))).status == 200
    assert (await client.get(ME)).status == 401


async def test_a_name_is_watched_wherever_it_comes_from(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = (f"10.0.0.{number}" for number in range(100))
    monkeypatch.setattr(web.BaseRequest, "remote", property(lambda _: next(addresses)))

    async def status(user: str, key: str) -> int:
        return (await client.get(ME, headers={"Authorization": encode_basic_auth(user, key)})).status

    assert [await status("user", new_key()) for _ in range(4)] == [401, 401, 401, 429]
    assert await status("other", new_key()) == 401
    assert await status("user", world.keys["user"]) == 200


async def test_another_tenant_in_the_header_does_not_exist(client: Client, world: World) -> None:
    for name in ("globex", "nobody", "../acme"):
        response = await client.get(JOBS, headers={**world.as_("admin"), "x-tenant-name": name})
        assert response.status == 404
        assert repr(name) in (await response.json())["detail"]
    response = await client.get(JOBS, headers={**world.as_("admin"), "x-tenant-name": "acme"})
    assert response.status == 200


async def test_super_admin_names_the_tenant(client: Client, world: World) -> None:
    assert (await client.get(JOBS, headers=world.as_("root"))).status == 400
    named = {**world.as_("root"), "x-tenant-name": "globex"}
    assert (await client.get(JOBS, headers=named)).status == 200
    assert (await (await client.get(ME, headers=named)).json())["tenant"] == "globex"
    response = await client.get(JOBS, headers={**world.as_("root"), "x-tenant-name": "nobody"})
    assert response.status == 404


async def test_super_admin_without_a_tenant_still_has_a_self(client: Client, world: World) -> None:
    body = await (await client.get(ME, headers=world.as_("root"))).json()
    assert (body["user"], body["tenant"], body["roles"]) == ("root", None, [Role.SUPER_ADMIN])
    assert (body["databases"], body["tenants"]) == ([], ["acme", "globex"])
    assert all(body["permissions"].values())


@pytest.mark.parametrize(
    ("roles", "rights"),
    [
        (set(), set()),
        ({Role.IMPORTER}, {"may_import"}),
        ({Role.SUPERVISOR}, {"sees_all_jobs"}),
        ({Role.ARCHITECT}, set()),
        ({Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR}, {"may_use_catalogue"}),
        ({Role.ADMIN}, {"may_import", "may_administer", "sees_all_jobs"}),
    ],
)
async def test_rights_follow_from_roles(client: Client, world: World, roles: set[Role], rights: set[str]) -> None:
    await world.identity.change_user("acme", "user", lambda user: replace(user, roles=frozenset(roles)))
    permissions = (await (await client.get(ME, headers=world.as_("user"))).json())["permissions"]
    assert {name for name, has in permissions.items() if has} == rights


async def test_super_admin_may_do_what_administrators_may(client: Client, world: World) -> None:
    world.archives.put("acme", "a.zip", b"x")
    named = {**world.as_("root"), "x-tenant-name": "acme"}
    assert (await client.delete("/api/v1/archives/a.zip", headers=named)).status == 204


@pytest.mark.parametrize("job_id", ["not-a-uuid", "01a21061-2956-7058-b81c-36ed52ff0278"])
@pytest.mark.parametrize("key", ["gf_nothing", new_key()], ids=["odd", "unknown"])
async def test_who_is_not_let_in_learns_nothing_of_a_job(client: Client, job_id: str, key: str) -> None:
    response = await client.get(f"{JOBS}/{job_id}", headers={"X-API-KEY": key})
    assert (response.status, (await response.json())["code"]) == (401, "UNAUTHENTICATED")
