"""Whoever is killed while a job ends, or while its end is told: it is told, at least once, under one id."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from gateway.webhooks.sending import stamp_of
from infra.engines.ports import choose_port
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.shared_reads import open_shared_reads
from shared.adapters.valkey.webhooks import ValkeyWebhooks
from shared.identity import Tenant
from shared.jobs.events import Event
from shared.jobs.record import Job
from shared.ports.jobs import WhenBusy
from shared.resources import open_identity
from shared.settings.process import Settings
from shared.webhooks import TenantWebhook, new_secret
from tests.gateway.webhooks.receivers import Receiver, open_receiver
from tests.support.faults.failing import FailpointFolder
from tests.support.job_stores import make_job

pytestmark = pytest.mark.engines

SECRET = new_secret()

END = """
import asyncio, os, sys
from shared.jobs.record import Outcome, Status
from shared.ports.jobs import Claim
from shared.resources import open_job_store
from shared.settings.process import Settings

async def main(job_id):
    async with open_job_store(Settings.from_environ(os.environ)) as store:
        job = await store.get(job_id)
        claim = Claim(job=job, attempt=job.attempt, fence=job.fence)
        assert await store.finish(claim, Outcome(status=Status.CLOSED))

asyncio.run(main(*sys.argv[1:]))
"""


@dataclass(slots=True, kw_only=True)
class Scene:
    environ: dict[str, str]
    failpoints: FailpointFolder
    receiver: Receiver
    jobs: ValkeyJobStore
    webhooks: ValkeyWebhooks

    async def begin(self) -> Job:
        job = await self.jobs.submit(make_job(), when_busy=WhenBusy.QUEUE)
        claim = await self.jobs.claim(Event(job_id=job.id, attempt=1), "worker/1")
        assert claim is not None
        return claim.job

    async def end(self, job: Job) -> int:
        """End the job in a process of its own; give that one's exit code."""
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", END, job.id, env=self.environ)
        return await process.wait()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "gateway"], env=self.environ, stderr=subprocess.DEVNULL)

    async def list(self) -> list[tuple[str, str]]:
        return [(each.id, each.state) for each in (await self.webhooks.list_deliveries("acme")).deliveries]

    def require_told(self, job: Job) -> None:
        """Require that what has come is of this job's end."""
        for got in self.receiver.got:
            told = Webhook(SECRET).verify(got.body, got.headers)
            assert (told["type"], told["data"]["job_id"]) == ("job.succeeded", job.id)
            assert got.headers["webhook-id"] == f"{job.id}-succeeded-tenant"


@asynccontextmanager
async def open_scene(valkey_url: str, installation: str, folder: Path) -> AsyncIterator[Scene]:
    settings = Settings(valkey_url=valkey_url, installation=installation, data_dir=folder / "data")
    tenant = Tenant(name="acme", databases=(), created=datetime.now(UTC))
    async with open_identity(settings) as identity:
        await identity.create_tenant(tenant)
    failpoints = FailpointFolder(folder / "failpoints")
    async with open_receiver() as receiver, open_valkey(valkey_url) as client, open_shared_reads(client) as reads:
        namespace = Namespace(installation)
        webhooks = ValkeyWebhooks(client, namespace=namespace)
        hook = TenantWebhook(
            url=receiver.url, secret=SECRET, tenant_created=stamp_of(tenant), changed=datetime.now(UTC)
        )
        await webhooks.change("acme", lambda _: hook)
        environ = {
            **os.environ,
            **failpoints.environ,
            "GRAPHFERRY_VALKEY_URL": valkey_url,
            "GRAPHFERRY_INSTALLATION": installation,
            "GRAPHFERRY_DATA_DIR": str(folder / "data"),
            "GRAPHFERRY_PORT": str(choose_port()),
            "GRAPHFERRY_WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
            "GRAPHFERRY_WEBHOOK_PORTS": orjson.dumps([receiver.port]).decode(),
            "GRAPHFERRY_WEBHOOK_HTTP": "true",
            "GRAPHFERRY_WEBHOOK_SECONDS": "3",
        }
        jobs = ValkeyJobStore(client, settings, namespace=namespace, reads=reads)
        yield Scene(environ=environ, failpoints=failpoints, receiver=receiver, jobs=jobs, webhooks=webhooks)


@pytest.mark.parametrize("place", ["finish.before", "finish.after"])
async def test_who_ends_a_job_may_be_killed(valkey_url: str, tmp_path: Path, place: str) -> None:
    async with open_scene(valkey_url, "ours", tmp_path) as scene:
        job = await scene.begin()
        scene.failpoints.arm(place)
        assert await scene.end(job) == -signal.SIGKILL
        assert (await scene.jobs.get(job.id)).has_ended == bool(await scene.list()) == (place == "finish.after")
        assert await scene.end(job) == 0
        assert await scene.list() == [(f"{job.id}-succeeded-tenant", "waiting")]


TELLING = {
    "claim_deliveries.after": 1,
    "webhook.before": 1,
    "webhook.after": 2,
    "settle_delivery.before": 2,
    "settle_delivery.after": 1,
}
"""Where a gateway is killed, and how often its receiver is told at least."""


async def test_who_tells_it_may_be_killed(valkey_for: Callable[[str], str], tmp_path: Path) -> None:
    """Each in an installation of its own, all at once: most of the time, the lease of the killed one is waited for."""
    async with asyncio.TaskGroup() as group:
        for place, times in TELLING.items():
            name = f"killed-{place.replace('_', '-').replace('.', '-')}"
            group.create_task(_kill_teller(valkey_for(name), name, tmp_path / name, place, times), name=place)


async def _kill_teller(valkey_url: str, installation: str, folder: Path, place: str, times: int) -> None:
    async with open_scene(valkey_url, installation, folder) as scene:
        job = await scene.begin()
        assert await scene.end(job) == 0
        scene.failpoints.arm(place)
        doomed = scene.start()
        try:
            await scene.receiver.wait(times - 1)
            assert await _wait_for(doomed) == -signal.SIGKILL, place
        finally:
            doomed.kill()
            doomed.wait()
        following = scene.start()
        try:
            await scene.receiver.wait(times)
            async with asyncio.timeout(60):
                while await scene.list() != [(f"{job.id}-succeeded-tenant", "delivered")]:
                    assert following.poll() is None, place
                    await asyncio.sleep(0.05)
        finally:
            following.kill()
            following.wait()
        scene.require_told(job)
        assert len(scene.receiver.got) >= times, place


async def _wait_for(process: subprocess.Popen[bytes]) -> int:
    """Wait beside the receiver, which answers in this very loop."""
    return await asyncio.wait_for(asyncio.to_thread(process.wait), 60)
