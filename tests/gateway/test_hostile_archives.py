"""Whatever an archive says or holds, each surface answers, and nothing of others changes or is told."""

from __future__ import annotations

import asyncio
import base64
import copy
import io
import random
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson
import pytest
from yarl import URL

from shared.adapters.folders.archives import ArchiveDirectory
from shared.errors import GraphferryError
from shared.identity import ApplicationName, ImportedApplication
from shared.jobs.record import Status
from shared.resources import Resources
from shared.settings.process import Settings
from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.darwin.conftest import BASE as DARWIN
from tests.gateway.dialects.darwin.conftest import version as darwin_version
from tests.gateway.dialects.darwin.conftest import working
from tests.gateway.dialects.spark.conftest import Spark
from tests.gateway.dialects.spark.test_importing import entity, to_target
from tests.support.archives.hostile import GOOD, SCOPE_LABEL, TAKEN, Hostile, list_forged, list_written
from tests.support.command_line import CommandLine
from tests.support.keys import CREATED

WORD: Final = "zyxwvut"
"""Is in all that belongs to the hidden application, but for its scope label, which the archives try."""
NAME: Final = "hostile.zip"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    limits = {"failed_logins_per_minute": 1_000_000, "requests_per_minute": 10_000_000, "max_json_bytes": 100_000}
    return settings.model_copy(update=limits)


@pytest.fixture
async def world(world: World) -> World:
    """Two applications of another tenant are in the database that the archives go to."""
    await world.identity.change_tenant("globex", lambda tenant: replace(tenant, databases=("target",)))
    target = world.databases["target"]
    target.add_node(["Application"], {"Name": "Zyxwvut", "Label": SCOPE_LABEL, "Owner": WORD})
    target.add_node(["Application"], {"Name": TAKEN})
    first, second = (target.add_node([label, "Object"], {"name": WORD}) for label in (SCOPE_LABEL, TAKEN))
    target.add_relationship(first, second, "ZYXWVUT", {"name": WORD})
    for name in ("Zyxwvut", TAKEN):
        place = ApplicationName("target", name)
        noted = ImportedApplication(application=place, tenant="globex", user="stranger", job_id=name, created=CREATED)
        await world.identity.note_imported([noted])
    return world


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Callers of one gateway, whose answers are all judged."""

    client: Client
    world: World
    resources: Resources
    home: Path

    async def ask(self, method: str, path: str, caller: str, **more: Any) -> tuple[int, bytes]:
        """Send a request to a path that is quoted already."""
        url = URL(str(self.client.make_url("/")) + path, encoded=True)
        async with self.client.session.request(method, url, headers=self.world.as_(caller), **more) as response:
            content = await response.read()
        judge(f"{method} {path[:100]}", response.status, content)
        return response.status, content

    async def work(self, answer: tuple[int, bytes]) -> None:
        """Let what was accepted be done."""
        if answer[0] < 300:
            await self.world.work(self.resources)

    async def type(self, caller: str, *tokens: str) -> None:
        """Type a command, and let what was accepted be done."""
        url = str(self.client.make_url("/"))
        ending = await CommandLine.at(url, self.world.keys[caller], self.home)(*tokens)
        judge(" ".join(tokens[:2]), ending.code, (ending.output + ending.messages).encode("utf-8", "surrogatepass"))
        await self.world.work(self.resources)

    async def list_names(self) -> set[str]:
        """Name all applications of the database."""
        _, content = await self.ask("GET", "api/v1/databases/target/applications", "admin")
        return {each["name"] for each in orjson.loads(content)["applications"]}


def judge(where: str, status: int, content: bytes) -> None:
    assert status < 500, (where, status, content)
    assert GraphferryError.code.encode() not in content, (where, content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """How an archive comes in, and how the application of it goes out again."""

    bring: Callable[[Desk, Hostile, bytes], Awaitable[None]]
    take: Callable[[Desk, str], Awaitable[None]]


async def bring_native(desk: Desk, _: Hostile, content: bytes) -> None:
    await desk.ask("PUT", f"api/v1/archives/{NAME}?replace=true", "admin", data=content)
    body = {"database": "target", "archive": NAME}
    await desk.work(await desk.ask("POST", "api/v1/imports", "importer", json={**body, "dry_run": True}))
    await desk.work(await desk.ask("POST", "api/v1/imports", "importer", json=body))


async def take_native(desk: Desk, name: str) -> None:
    body = {"database": "target", "applications": [{"name": name}]}
    await desk.work(await desk.ask("POST", "api/v1/exports", "user", json=body))


async def bring_imaging(desk: Desk, _: Hostile, content: bytes) -> None:
    await asyncio.to_thread((desk.world.settings.archives_dir / "acme" / NAME).write_bytes, content)
    await desk.ask("GET", f"api/v1/archives/{NAME}/inspect?database=target", "admin")
    body = {"database": "target", "import_app": NAME}
    await desk.work(await desk.ask("POST", "imaging/etl/api/app/import", "importer", json=body))


async def take_imaging(desk: Desk, name: str) -> None:
    body = {"database": "target", "export_app": name}
    await desk.work(await desk.ask("POST", "imaging/etl/api/app/export", "user", json=body))


async def bring_spark(desk: Desk, hostile: Hostile, content: bytes) -> None:
    spark = Spark(client=desk.client, world=desk.world)
    sent = entity(to_target(f"source/{hostile.name}", f"target/{hostile.name}"))
    answer = await spark.import_(sent, content, caller="importer")
    judge("spark import", answer.status, await answer.read())
    await desk.work((answer.status, b""))
    await desk.ask("GET", "acme/api/v4/import/status", "importer")


async def take_spark(desk: Desk, name: str) -> None:
    body = {"inputs": {"services": [f"target/{name}"]}}
    await desk.work(await desk.ask("POST", "acme/api/v4/export", "user", json=body))
    await desk.ask("GET", "acme/api/v4/export/status", "user")


async def bring_darwin(desk: Desk, _: Hostile, content: bytes) -> None:
    body = {"exportPackage": base64.b64encode(content).decode(), "conflictResolutionAction": "SKIP"}
    async with working(desk.world, desk.resources):
        await desk.ask("POST", f"{DARWIN[1:]}/import?database=target", "architect", json=body)


async def take_darwin(desk: Desk, name: str) -> None:
    body = {"stripSecuredProperties": False, "exportRequestParameter": [darwin_version(name)]}
    async with working(desk.world, desk.resources):
        await desk.ask("POST", f"{DARWIN[1:]}/export?database=target", "architect", json=body)


async def bring_by_command(desk: Desk, _: Hostile, content: bytes) -> None:
    file = desk.home / NAME
    await asyncio.to_thread(file.write_bytes, content)
    await desk.type("importer", "inspect", str(file))
    await desk.type("admin", "import", "--no-wait", "--database", "target", str(file))


async def take_by_command(desk: Desk, name: str) -> None:
    await desk.type("user", "export", "--no-wait", "--database", "target", "--", name)
    await desk.type("user", "applications", "show", "--database", "target", "--", name)


SURFACES: Final = {
    "native": Surface(bring=bring_native, take=take_native),
    "imaging": Surface(bring=bring_imaging, take=take_imaging),
    "spark": Surface(bring=bring_spark, take=take_spark),
    "darwin": Surface(bring=bring_darwin, take=take_darwin),
    "command line": Surface(bring=bring_by_command, take=take_by_command),
}


@pytest.fixture
async def desk(world: World, start_gateway: StartGateway, tmp_path: Path) -> Desk:
    """A gateway that keeps archives in folders, where uploads in pieces become archives."""
    folder = world.settings.archives_dir
    for each in (tmp_path / "home", folder / "acme"):
        each.mkdir(parents=True)
    resources = replace(world.resources(), archives=ArchiveDirectory(folder))
    return Desk(client=await start_gateway(resources), world=world, resources=resources, home=tmp_path / "home")


@pytest.fixture(scope="module")
def hostile_archives() -> Sequence[Sequence[Hostile]]:
    return list_written(), list_forged()


@pytest.mark.parametrize("surface", SURFACES)
async def test_no_archive_changes_or_tells_what_is_not_its_own(
    desk: Desk, surface: str, hostile_archives: Sequence[Sequence[Hostile]], request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.config.getoption("fault_seed"))
    number = request.config.getoption("fuzzed_archives") // 80
    codes = Counter[str]()
    chosen = [each for kind in hostile_archives for each in chance.sample(kind, min(number, len(kind)))]
    for hostile in [GOOD, *chosen]:
        try:
            content = await asyncio.to_thread(hostile.make)
        except (GraphferryError, ValueError, TypeError):
            continue  # Nobody can write it.
        codes += await import_one(desk, SURFACES[surface], hostile, content)
    print(codes)
    assert codes["closed"] >= len(("import", "export", "deletion"))


async def import_one(desk: Desk, surface: Surface, hostile: Hostile, content: bytes) -> Counter[str]:
    """Import an archive, take out and delete what arrived; return how the jobs ended, by code."""
    before = state_of(desk)
    known = await desk.list_names()
    await surface.bring(desk, hostile, content)
    assert await desk.resources.sources["target"].list_damaged() == [], hostile.what
    for then, now in zip(before, state_of(desk), strict=True):
        assert {key: now.get(key) for key in then} == then, hostile.what
    for name in await desk.list_names() - known:
        grant = {"database": "target", "application": name, "user": "user"}
        await desk.ask("POST", "api/v1/grants", "admin", json=grant)
        await surface.take(desk, name)
        await look_around(desk, hostile)
        path = f"api/v1/databases/target/applications/{quote(name, safe='')}"
        await desk.work(await desk.ask("DELETE", path, "admin"))
    assert state_of(desk) == before, hostile.what
    return await end(desk, hostile)


async def look_around(desk: Desk, hostile: Hostile) -> None:
    """A plain user, who may use what arrived, is told nothing of the other tenant's applications."""
    _, listed = await desk.ask("GET", "api/v1/archives", "user")
    own = [f"archives/{quote(each['name'], safe='')}" for each in orjson.loads(listed)["archives"]]
    inspections = [f"{path}/inspect?database=target" for path in own]
    for path in ("databases/target/applications?counts=true", "jobs", *own, *inspections):
        _, content = await desk.ask("GET", f"api/v1/{path}", "user")
        assert WORD.encode() not in inflated(content).lower(), (hostile.what, path)


def inflated(content: bytes) -> bytes:
    """Give all that an answer tells, of archives what is in them."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def state_of(desk: Desk) -> tuple[dict[int, Any], dict[int, Any]]:
    target = desk.world.databases["target"]
    return copy.deepcopy(target.nodes), copy.deepcopy(target.relationships)


async def end(desk: Desk, hostile: Hostile) -> Counter[str]:
    """Judge how all jobs ended, and forget them with their archives."""
    codes = Counter[str]()
    for job in desk.world.jobs.jobs.values():
        assert job.status in {Status.CLOSED, Status.FAILED}, (hostile.what, job)
        assert job.failure is None or job.failure.code != GraphferryError.code, (hostile.what, job.failure)
        codes[job.failure.code if job.failure else "closed"] += 1
    desk.world.jobs.jobs.clear()
    for stored in await desk.resources.archives.list_archives("acme"):
        await desk.ask("GET", f"api/v1/archives/{quote(stored.name, safe='')}/inspect?database=target", "admin")
        await desk.resources.archives.delete("acme", stored.name)
    return codes
