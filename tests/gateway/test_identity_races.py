"""Of changes of identity that meet, none is lost: through two gateways, on a real store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from shared.adapters.valkey.identity.store import open_valkey_identity
from shared.identity import Grant, Role, Tenant
from shared.ports.identity import IdentityStore
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.keys import admit, make_key

pytestmark = pytest.mark.engines

OTHERS = range(7)
MY_APP = {"database": "source", "application": "MyApp"}

Step: TypeAlias = tuple[str, str, Any]
"""A method, a path, a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateways:
    """Two gateways of one installation, and its store."""

    clients: Sequence[Client]
    identity: IdentityStore
    headers: dict[str, str]

    async def send(self, step: Step) -> tuple[int, Any]:
        method, path, body = step
        client = random.choice(self.clients)
        async with client.request(method, f"/api/v1/{path}", json=body, headers=self.headers) as answer:
            assert answer.status < 500, await answer.text()
            return answer.status, None if answer.status == 204 else await answer.json()

    async def do(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = await self.send((method, path, body))
        assert status < 300, answer
        return answer

    async def race(self, one: Step, others: Sequence[Step]) -> Sequence[int]:
        """Send all at once, in any order; the one change is made. Returns what the others were answered."""
        steps = [one, *others]
        order = random.sample(range(len(steps)), len(steps))
        answers = await asyncio.gather(*(self.send(steps[place]) for place in order))
        found = dict(zip(order, (status for status, _ in answers), strict=True))
        assert found.pop(0) < 300
        return list(found.values())


@pytest.fixture
async def gateways(
    world: World, start_gateway: StartGateway, valkey_url: str, tmp_path: Path
) -> AsyncIterator[Gateways]:
    mirror = tmp_path / "identity.json"
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as one,
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as two,
    ):
        await one.create_tenant(Tenant(name="acme", databases=("source",)))
        await admit(one, make_key("", text=world.keys["root"], user="root"), {Role.SUPER_ADMIN})
        clients = [await start_gateway(replace(world.resources(), identity=each)) for each in (one, two)]
        yield Gateways(clients=clients, identity=one, headers={**world.as_("root"), "x-tenant-name": "acme"})


async def user(gateways: Gateways, change: Any, others: Sequence[Any]) -> Any:
    """Change a user at once in several ways; give the user as it is then."""
    await gateways.do("POST", "users", {"user": "ann", "roles": ["ADMIN"]})
    statuses = await gateways.race(("PATCH", "users/ann", change), [("PATCH", "users/ann", each) for each in others])
    assert set(statuses) == {200}
    found = await gateways.do("GET", "users/ann")
    await gateways.do("DELETE", "users/ann")
    return found


async def tenant(gateways: Gateways, change: Any, others: Sequence[Any]) -> Any:
    await gateways.do("POST", "tenants", {"name": "new", "databases": ["source"]})
    statuses = await gateways.race(
        ("PATCH", "tenants/new", change), [("PATCH", "tenants/new", each) for each in others]
    )
    assert set(statuses) == {200}
    found = await gateways.do("GET", "tenants/new")
    await gateways.do("DELETE", "tenants/new")
    return found


async def disable(gateways: Gateways) -> None:
    found = await user(gateways, {"disabled": True}, [{"name": f"name {number}"} for number in OTHERS])
    assert found["disabled"]
    assert found["name"].startswith("name ")


async def take_roles(gateways: Gateways) -> None:
    found = await user(gateways, {"roles": []}, [{"disabled": bool(number % 2)} for number in OTHERS])
    assert found["roles"] == []


async def rename(gateways: Gateways) -> None:
    roles = ["importer", "ADMIN", "supervisor:pf"]
    found = await user(gateways, {"name": "Ann"}, [{"roles": roles[: number % 4]} for number in OTHERS])
    assert found["name"] == "Ann"


async def take_databases(gateways: Gateways) -> None:
    found = await tenant(gateways, {"databases": []}, [{"limits": {"waiting_jobs": number}} for number in OTHERS])
    assert found["databases"] == []
    assert found["limits"]["waiting_jobs"] in OTHERS


async def limit(gateways: Gateways) -> None:
    names = ["source", "target", "private"]
    change = {"limits": {"max_archive_bytes": 1}}
    found = await tenant(gateways, change, [{"databases": names[: number % 4]} for number in OTHERS])
    assert found["limits"]["max_archive_bytes"] == 1


async def remove_tenant(gateways: Gateways) -> None:
    """Nothing that meets its removal brings it back, nor leaves something of it."""
    await gateways.do("POST", "tenants", {"name": "new", "databases": ["source"]})
    changes: list[Step] = [("PATCH", "tenants/new", {"databases": [name]}) for name in ("source", "target") * 3]
    statuses = await gateways.race(("DELETE", "tenants/new", None), [*changes, ("PATCH", "tenants/new", {})])
    assert set(statuses) <= {200, 404}
    assert (await gateways.send(("GET", "tenants/new", None)))[0] == 404
    assert "new" not in {each.name for each in await gateways.identity.list_tenants()}


async def remove_user(gateways: Gateways) -> None:
    """Neither keys nor grants of the user are left, whoever gives some at that moment."""
    await gateways.do("POST", "users", {"user": "ann"})
    givings: list[Step] = [("POST", "keys", {"user": "ann"})] * 3 + [("POST", "grants", {**MY_APP, "user": "ann"})] * 4
    statuses = await gateways.race(("DELETE", "users/ann", None), givings)
    assert set(statuses) <= {201, 404}
    assert await gateways.identity.list_keys("acme") == []
    assert await gateways.identity.list_grants("acme") == []


async def revoke(gateways: Gateways) -> None:
    """A key that is revoked while it is changed for a new one ends, and the new one too."""
    await gateways.do("POST", "users", {"user": "ann"})
    key = (await gateways.do("POST", "keys", {"user": "ann"}))["id"]
    statuses = await gateways.race(("DELETE", f"keys/{key}", None), [("POST", f"keys/{key}/rotate", None)] * 7)
    assert set(statuses) <= {201, 404}
    assert await gateways.identity.list_keys("acme") == []
    await gateways.do("DELETE", "users/ann")


async def withdraw(gateways: Gateways) -> None:
    await gateways.do("POST", "users", {"user": "ann"})
    grant = (await gateways.do("POST", "grants", {**MY_APP, "user": "ann"}))["id"]
    users: list[Step] = [("POST", "users", {"user": str(number)}) for number in OTHERS]
    assert set(await gateways.race(("DELETE", f"grants/{grant}", None), users)) == {201}
    assert await gateways.identity.list_grants("acme") == []
    for name in ("ann", *OTHERS):
        await gateways.do("DELETE", f"users/{name}")


async def lose_the_right(gateways: Gateways) -> None:
    """Whoever has lost the role grants nothing from then on."""
    await gateways.do("POST", "users", {"user": "ann", "roles": ["ADMIN"]})
    key = (await gateways.do("POST", "keys", {"user": "ann"}))["key"]
    for number in OTHERS:
        await gateways.do("POST", "users", {"user": str(number)})
    ann = replace(gateways, headers={"X-API-KEY": key})

    async def take_role() -> Sequence[Grant]:
        await gateways.do("PATCH", "users/ann", {"roles": []})
        return await gateways.identity.list_grants("acme")

    grants: list[Step] = [("POST", "grants", {**MY_APP, "user": str(number)}) for number in OTHERS]
    first, rest = grants[:3], grants[3:]
    begun = [asyncio.create_task(ann.send(each)) for each in first]
    taking = asyncio.create_task(take_role())
    answers = await asyncio.gather(*begun, *(ann.send(each) for each in rest))
    assert {status for status, _ in answers} <= {201, 403}
    assert set(await gateways.identity.list_grants("acme")) == set(await taking)
    for name in ("ann", *OTHERS):
        await gateways.do("DELETE", f"users/{name}")


@pytest.mark.parametrize(
    "kind",
    [disable, take_roles, rename, take_databases, limit, remove_tenant, remove_user, revoke, withdraw, lose_the_right],
)
async def test_no_change_is_lost(
    gateways: Gateways, kind: Callable[[Gateways], Awaitable[None]], pytestconfig: pytest.Config
) -> None:
    for _ in range(pytestconfig.getoption("identity_races")):
        await kind(gateways)
