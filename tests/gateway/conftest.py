"""A gateway on doubles, with a caller for each role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pytest_aiohttp.plugin import AiohttpClient
from typing_extensions import override

from gateway.app import create_app
from gateway.server.serving import make_runner
from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.lease import Leases
from handlers.table import HANDLERS
from shared.adapters.folders.job_logs import FolderJobLogs
from shared.adapters.folders.uploads import UploadDirectory
from shared.api_keys import new_key
from shared.identity import Role, Tenant
from shared.jobs.record import Job
from shared.resources import Resources
from shared.settings.databases import DatabaseSettings
from shared.settings.process import Settings
from tests.support.keys import admit, make_key
from tests.support.memory.archives import MemoryArchives
from tests.support.memory.audit import MemoryAudit
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.graph.target import MemoryTarget
from tests.support.memory.identity import MemoryIdentity
from tests.support.memory.jobs import MemoryJobStore
from tests.support.memory.schedules import MemorySchedules
from tests.support.memory.webhooks import MemoryWebhooks

Client = TestClient[Any, Any]

LINGER_SECONDS = 2.0
"""The end of a test waits so long for the rest of a body that never comes."""

CALLERS = {
    "admin": ("acme", {Role.ADMIN}),
    "supervisor": ("acme", {Role.SUPERVISOR}),
    "importer": ("acme", {Role.IMPORTER}),
    "architect": ("acme", {Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR}),
    "user": ("acme", set[Role]()),
    "other": ("acme", set[Role]()),
    "stranger": ("globex", {Role.ADMIN}),
    "root": ("", {Role.SUPER_ADMIN}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything behind a gateway, and the keys of its callers."""

    settings: Settings
    identity: MemoryIdentity
    jobs: MemoryJobStore
    archives: MemoryArchives
    databases: dict[str, MemoryDatabase]
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    webhooks: MemoryWebhooks = field(default_factory=MemoryWebhooks)
    schedules: MemorySchedules = field(default_factory=MemorySchedules)
    keys: dict[str, str] = field(default_factory=lambda: {name: new_key() for name in CALLERS})

    def as_(self, caller: str) -> dict[str, str]:
        return {"X-API-KEY": self.keys[caller]}

    async def work(self, resources: Resources | None = None) -> None:
        """Answer all events, as a worker does that has these resources, or else the world's."""
        resources = resources or self.resources()
        leases = Leases(self.jobs, self.settings, tracer=resources.tracer)
        dispatcher = Dispatcher(resources=resources, handlers=HANDLERS, leases=leases)
        while events := self.jobs.queues["work"]:
            await dispatcher.dispatch(events[0])

    def resources(self) -> Resources:
        return Resources(
            settings=self.settings,
            jobs=self.jobs,
            identity=self.identity,
            archives=self.archives,
            uploads=UploadDirectory(self.settings.archives_dir, keep_seconds=3600),
            logs=FolderJobLogs(self.settings),
            audit=self.audit,
            webhooks=self.webhooks,
            schedules=self.schedules,
            sources={name: MemorySource(data) for name, data in self.databases.items()},
            targets={name: MemoryTarget(data) for name, data in self.databases.items()},
        )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        databases={name: DatabaseSettings(uri="bolt://nowhere") for name in ("source", "target", "private")},
        public_url="https://ferry.example/base/",
        max_json_bytes=4096,
        max_upload_bytes=100_000,
        failed_logins_per_minute=3,
    )


@pytest.fixture
async def world(settings: Settings, tmp_path: Path) -> World:
    made = World(
        settings=settings,
        identity=MemoryIdentity(),
        jobs=MemoryJobStore(),
        archives=MemoryArchives(tmp_path),
        databases={name: MemoryDatabase(name=name) for name in settings.databases},
    )
    await made.identity.create_tenant(Tenant(name="acme", databases=("source", "target", "lost")))
    await made.identity.create_tenant(Tenant(name="globex", databases=("private",)))
    for user, (tenant, roles) in CALLERS.items():
        await admit(made.identity, make_key(tenant, text=made.keys[user], user=user), roles)
    made.databases["source"].add_node(["Application"], {"Name": "MyApp", "Version": "2.1.0"})
    made.databases["source"].add_node(["MyApp", "Object"], {"name": "x"})
    return made


class GatewayServer(TestServer):
    """Serves as the gateway's own process does."""

    __test__ = False

    @override
    async def _make_runner(self, **_: Any) -> web.AppRunner:
        return make_runner(self.app, linger_seconds=LINGER_SECONDS)


StartGateway = Callable[[Resources], Awaitable[Client]]


@pytest.fixture
def start_gateway(aiohttp_client: AiohttpClient) -> StartGateway:
    async def start(resources: Resources) -> Client:
        app = create_app(resources.settings, nullcontext(resources))
        return await aiohttp_client(GatewayServer(app))

    return start


@pytest.fixture
async def client(world: World, start_gateway: StartGateway) -> Client:
    return await start_gateway(world.resources())


async def accepted_job(client: Client, world: World, path: str, body: object, caller: str) -> Job:
    """Send a request for a job; give the record of the job that the answer tells of."""
    response = await client.post(path, json=body, headers=world.as_(caller))
    assert response.status == 202, await response.text()
    told = await response.json()
    assert response.headers["Location"].endswith(f"/api/v1/jobs/{told['id']}")
    return await world.jobs.get(told["id"])
