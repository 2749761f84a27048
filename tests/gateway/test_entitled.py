"""Whoever loses rights between the question for them and a change of identity changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.dialects.native import entitled
from gateway.middlewares.auth import require_rights_left
from shared.api_keys import hash_key
from shared.identity import Role
from tests.gateway.conftest import Client, World

BOSSES = {"admin": "acme", "root": ""}

Change = Callable[[World, str], Awaitable[object]]


def change_after_the_question(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Awaitable[object]]) -> None:
    """Let something change once, right after a caller was found to have the rights."""
    changes = [change]

    async def ask_then_change(*words: Any) -> None:
        await require_rights_left(*words)
        if changes:
            await changes.pop()()

    monkeypatch.setattr(entitled, "require_rights_left", ask_then_change)


async def demote(world: World, boss: str) -> None:
    await world.identity.change_user(BOSSES[boss], boss, lambda user: replace(user, roles=frozenset({Role.IMPORTER})))


async def disable(world: World, boss: str) -> None:
    await world.identity.change_user(BOSSES[boss], boss, lambda user: replace(user, disabled=True))


async def remove(world: World, boss: str) -> None:
    await world.identity.remove_user(BOSSES[boss], boss)


async def revoke(world: World, boss: str) -> None:
    await world.identity.remove_key(hash_key(world.keys[boss]))


async def rename(world: World, boss: str) -> None:
    await world.identity.change_user(BOSSES[boss], boss, lambda user: replace(user, display_name="Ann"))


async def content(world: World, *, without: str) -> Any:
    """Give all of identity but what is of one user."""
    identity = world.identity
    users = [
        user.version
        for tenant in ("", "acme", "globex")
        for user in await identity.list_users(tenant)
        if user.name != without
    ]
    keys = [
        key.version
        for tenant in ("", "acme", "globex")
        for key in await identity.list_keys(tenant)
        if key.user != without
    ]
    return users, keys, await identity.list_grants("acme"), await identity.list_tenants()


STEPS = pytest.mark.parametrize(
    ("boss", "method", "path", "body"),
    [
        ("admin", "POST", "users", {"user": "ann", "roles": ["ADMIN"]}),
        ("admin", "PATCH", "users/user", {"roles": ["ADMIN"]}),
        ("admin", "PATCH", "users/admin", {"roles": ["ADMIN", "importer"]}),
        ("admin", "DELETE", "users/user", None),
        ("admin", "POST", "keys", {"user": "user"}),
        ("admin", "POST", "keys", {}),
        ("admin", "POST", "keys/{key}/rotate", None),
        ("admin", "DELETE", "keys/{key}", None),
        ("admin", "POST", "grants", {"database": "source", "application": "MyApp", "user": "user"}),
        ("root", "POST", "tenants", {"name": "new", "databases": []}),
        ("root", "PATCH", "tenants/globex", {"databases": []}),
        ("root", "DELETE", "tenants/globex", None),
    ],
)


async def send(client: Client, world: World, boss: str, method: str, path: str, body: Any) -> int:
    (key,) = [each.id for each in await world.identity.list_keys("acme") if each.user == "user"]
    headers = {**world.as_(boss), "x-tenant-name": "acme"}
    async with client.request(method, f"/api/v1/{path.format(key=key)}", json=body, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize(
    ("loss", "statuses"),
    [(demote, {403, 404}), (disable, {401}), (remove, {401}), (revoke, {401})],
    ids=["demote", "disable", "remove", "revoke"],
)
@STEPS
async def test_nothing_changes_by_rights_that_are_lost(
    client: Client,
    world: World,
    boss: str,
    method: str,
    path: str,
    body: Any,
    loss: Change,
    statuses: set[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = await content(world, without=boss)
    change_after_the_question(monkeypatch, lambda: loss(world, boss))
    assert await send(client, world, boss, method, path, body) in statuses
    assert await content(world, without=boss) == before
    user = await world.identity.get_user(BOSSES[boss], boss)
    assert user is None or user.disabled or loss is revoke or user.roles == {Role.IMPORTER}
    keys = [each for each in await world.identity.list_keys(BOSSES[boss]) if each.user == boss]
    assert loss is not revoke or keys == []


@STEPS
async def test_another_change_of_the_record_is_no_loss(
    client: Client,
    world: World,
    boss: str,
    method: str,
    path: str,
    body: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change_after_the_question(monkeypatch, lambda: rename(world, boss))
    assert await send(client, world, boss, method, path, body) in (200, 201, 204)
