"""Who sees and changes which application, by chance, beside a model that knows nothing of the software."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.valkey.identity.store import open_valkey_identity
from shared.identity import Tenant
from shared.ports.identity import IdentityStore
from shared.resources import Resources
from shared.settings.databases import DatabaseSettings
from tests.gateway.conftest import CALLERS as CALLERS_OF_WORLD
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.archives.small import make_archive
from tests.support.keys import admit, make_key
from tests.support.stacks.databases import SeededDatabase, SeededMemory, SeededNeo4j
from tests.support.stacks.engines import wipe_database

NAMES = ("One", "Two", "Three", "Four")
CALLERS = ("admin", "supervisor", "importer", "user", "other", "stranger")
SEE_ALL = {"admin", "importer", "stranger"}
MAY_GRANT = {"admin", "importer", "stranger"}
ADMINISTER = {"admin": "acme", "stranger": "globex"}
ARCHIVES = {name: make_archive(name) for name in NAMES}
TENANT = {**dict.fromkeys(CALLERS, "acme"), "stranger": "globex"}


@dataclass
class Model:
    """What the applications of one database are, and to whom."""

    owners: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """Tenant and user who brought an application; None: it was there without us."""
    grants: set[tuple[str, str, str]] = field(default_factory=set)
    """Tenant, application, and the user or everyone."""

    def sees(self, caller: str, name: str) -> bool:
        if name not in self.owners:
            return False
        owner, tenant = self.owners[name], TENANT[caller]
        if caller in SEE_ALL or owner is None or owner == (tenant, caller):
            return True
        return bool({(tenant, name, caller), (tenant, name, "*")} & self.grants)

    def may_grant(self, caller: str, name: str) -> bool:
        return caller in ADMINISTER or self.owners[name] == (TENANT[caller], caller)


@dataclass
class Play:
    """One gateway with a worker, and the model beside it."""

    client: Client
    world: World
    resources: Resources
    seeded: SeededDatabase
    chance: random.Random
    model: Model = field(default_factory=Model)

    def pick(self) -> tuple[str, str]:
        return self.chance.choice(CALLERS), self.chance.choice(NAMES)

    async def ask(self, method: str, path: str, caller: str, body: Any = None) -> tuple[int, Any]:
        headers = self.world.as_(caller)
        async with self.client.request(method, f"/api/v1/{path}", json=body, headers=headers) as response:
            return response.status, await response.json() if "json" in response.content_type else None

    async def work(self, answer: tuple[int, Any]) -> str:
        """Let the accepted job end; return how."""
        assert answer[0] == 202, answer
        await self.world.work(self.resources)
        job = await self.world.jobs.get(answer[1]["id"])
        assert job.failure is None or job.failure.code != "INTERNAL_ERROR", job.failure
        return str(job.status)

    async def add_from_outside(self) -> None:
        _, name = self.pick()
        if name not in self.model.owners:
            await self.seeded.add_node(["Application"], {"Name": name})
            await self.seeded.add_node([name, "Object"], {"name": name})
            self.model.owners[name] = None

    async def bring(self) -> None:
        caller, name = self.pick()
        action = self.chance.choice(["fail", "overwrite", "skip"])
        self.world.archives.put(TENANT[caller], f"{name}.zip", ARCHIVES[name])
        body = {"database": "source", "archive": f"{name}.zip", "on_conflict": action}
        answer = await self.ask("POST", "imports", caller, body)
        if caller not in SEE_ALL or (action == "overwrite" and caller not in ADMINISTER):
            assert answer[0] == 403, answer
        elif name in self.model.owners and action == "fail":
            assert answer[0] == 409 or await self.work(answer) == "failed"
        else:
            assert await self.work(answer) == "closed"
            self.model.owners.setdefault(name, (TENANT[caller], caller))

    async def delete(self) -> None:
        caller, name = self.pick()
        answer = await self.ask("DELETE", f"databases/source/applications/{name}", caller)
        if caller not in ADMINISTER:
            assert answer[0] == 403, answer
        elif name not in self.model.owners:
            assert answer[0] == 404, answer
        else:
            assert await self.work(answer) == "closed"
            del self.model.owners[name]
            self.model.grants = {each for each in self.model.grants if each[1] != name}

    async def grant(self) -> None:
        caller, name = self.pick()
        user = self.chance.choice(["*", *(each for each in CALLERS if TENANT[each] == TENANT[caller])])
        body = {"database": "source", "application": name, "user": user}
        status, _ = await self.ask("POST", "grants", caller, body)
        if caller not in MAY_GRANT:
            assert status == 403, (caller, name, status)
        elif not self.model.sees(caller, name):
            assert status == 404, (caller, name, status)
        elif not self.model.may_grant(caller, name):
            assert status == 403, (caller, name, status)
        else:
            assert status == 201, (caller, name, status)
            self.model.grants.add((TENANT[caller], name, user))

    async def take_back(self) -> None:
        caller, _ = self.pick()
        status, answer = await self.ask("GET", "grants", caller)
        assert status == (200 if caller in MAY_GRANT else 403), (caller, answer)
        if status == 403:
            return
        told = {(TENANT[caller], each["application"], each["user"]) for each in answer["grants"]}
        known = {each for each in self.model.grants if each[0] == TENANT[caller]}
        assert told == {each for each in known if self.model.may_grant(caller, each[1])}, (caller, told)
        if answer["grants"]:
            gone = self.chance.choice(answer["grants"])
            assert (await self.ask("DELETE", f"grants/{gone['id']}", caller))[0] == 204
            self.model.grants.discard((TENANT[caller], gone["application"], gone["user"]))

    async def look(self) -> None:
        caller, name = self.pick()
        _, answer = await self.ask("GET", "databases/source/applications", caller)
        seen = {each["name"] for each in answer["applications"]}
        assert seen == {each for each in self.model.owners if self.model.sees(caller, each)}, (caller, seen)
        status, _ = await self.ask("GET", f"databases/source/applications/{name}/schema", caller)
        assert status == (200 if self.model.sees(caller, name) else 404), (caller, name, status)

    async def export(self) -> None:
        caller, name = self.pick()
        body = {"database": "source", "applications": [{"name": name}]}
        answer = await self.ask("POST", "exports", caller, body)
        if self.model.sees(caller, name):
            assert await self.work(answer) == "closed"
        else:
            assert answer[0] == 404, answer


async def let_play(play: Play, steps: int) -> None:
    """Let chance act on what is empty."""
    acts: list[Callable[[], Awaitable[None]]] = [
        *(play.look, play.look, play.grant, play.grant, play.take_back, play.export),
        *(play.bring, play.bring, play.delete, play.add_from_outside),
    ]
    for _ in range(steps):
        await play.chance.choice(acts)()


async def test_nobody_sees_or_changes_what_is_not_theirs(
    world: World, start_gateway: StartGateway, request: pytest.FixtureRequest
) -> None:
    await world.identity.change_tenant("globex", lambda tenant: replace(tenant, databases=("source",)))
    seeded, option = SeededMemory("source"), request.config.getoption
    resources = on_database(world.resources(), seeded)
    client = await start_gateway(resources)
    play = Play(client, world, resources, seeded, random.Random(option("fault_seed")))
    await let_play(play, option("model_steps"))


@pytest.mark.engines
async def test_on_real_engines(
    world: World,
    start_gateway: StartGateway,
    request: pytest.FixtureRequest,
    neo4j_2026: DatabaseSettings,
    valkey_url: str,
    tmp_path: Path,
) -> None:
    wipe_database(neo4j_2026)
    async with (
        open_connection("source", neo4j_2026) as connection,
        open_valkey_identity(valkey_url, installation="test", mirror=tmp_path / "mirror.json") as identity,
    ):
        await admit_all(identity, world)
        seeded, option = SeededNeo4j(connection), request.config.getoption
        resources = on_database(replace(world.resources(), identity=identity), seeded)
        client = await start_gateway(resources)
        play = Play(client, world, resources, seeded, random.Random(option("fault_seed")))
        await let_play(play, option("model_steps") // 3)


def on_database(resources: Resources, seeded: SeededDatabase) -> Resources:
    return replace(resources, sources={"source": seeded.source}, targets={"source": seeded.target})


async def admit_all(identity: IdentityStore, world: World) -> None:
    for tenant in ("acme", "globex"):
        await identity.create_tenant(Tenant(name=tenant, databases=("source",)))
    for user, (tenant, roles) in CALLERS_OF_WORLD.items():
        await admit(identity, make_key(tenant, text=world.keys[user], user=user), roles)
