"""Whoever is killed while a job ends, or while its end is told: it is told, at least once, under one id."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from gateway.webhooks.sending import stamp_of
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
from tests.gateway.test_process import free_port
from tests.gateway.webhooks.receivers import Receiver, open_receiver
from tests.support.faults.failing import FailpointFolder
from tests.support.job_stores import make_job

pytestmark = pytest.mark.engines

SECRET = new_secret()

END = """
import asyncio, sys
from shared.jobs.record import Outcome, Status
from shared.ports.jobs import Claim
from shared.resources import open_job_store
from shared.settings.process import Settings

async def main(url, job_id):
    async with open_job_store(Settings(valkey_url=url, installation="ours")) as store:
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

    def end(self, job: Job) -> int:
        """End the job in a process of its own; give that one's exit code."""
        command = [sys.executable, "-c", END, self.environ["GRAPHFERRY_VALKEY_URL"], job.id]
        return subprocess.run(command, env=self.environ, check=False).returncode

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


@pytest.fixture
async def scene(valkey_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    settings = Settings(valkey_url=valkey_url, installation="ours", data_dir=tmp_path / "data")
    tenant = Tenant(name="acme", databases=(), created=datetime.now(UTC))
    async with open_identity(settings) as identity:
        await identity.create_tenant(tenant)
    failpoints = FailpointFolder(tmp_path / "failpoints")
    async with open_receiver() as receiver, open_valkey(valkey_url) as client, open_shared_reads(client) as reads:
        namespace = Namespace("ours")
        webhooks = ValkeyWebhooks(client, namespace=namespace)
        hook = TenantWebhook(
            url=receiver.url, secret=SECRET, tenant_created=stamp_of(tenant), changed=datetime.now(UTC)
        )
        await webhooks.change("acme", lambda _: hook)
        environ = {
            **os.environ,
            **failpoints.environ,
            "GRAPHFERRY_VALKEY_URL": valkey_url,
            "GRAPHFERRY_INSTALLATION": "ours",
            "GRAPHFERRY_DATA_DIR": str(tmp_path / "data"),
            "GRAPHFERRY_PORT": str(free_port()),
            "GRAPHFERRY_WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
            "GRAPHFERRY_WEBHOOK_PORTS": orjson.dumps([receiver.port]).decode(),
            "GRAPHFERRY_WEBHOOK_HTTP": "true",
            "GRAPHFERRY_WEBHOOK_SECONDS": "3",
        }
        jobs = ValkeyJobStore(client, settings, namespace=namespace, reads=reads)
        yield Scene(environ=environ, failpoints=failpoints, receiver=receiver, jobs=jobs, webhooks=webhooks)


@pytest.mark.parametrize("place", ["finish.before", "finish.after"])
async def test_who_ends_a_job_may_be_killed(scene: Scene, place: str) -> None:
    job = await scene.begin()
    scene.failpoints.arm(place)
    assert scene.end(job) == -signal.SIGKILL
    assert (await scene.jobs.get(job.id)).has_ended == bool(await scene.list()) == (place == "finish.after")
    assert scene.end(job) == 0
    assert await scene.list() == [(f"{job.id}-succeeded-tenant", "waiting")]


@pytest.mark.parametrize(
    ("place", "times"),
    [
        ("claim_deliveries.after", 1),
        ("webhook.before", 1),
        ("webhook.after", 2),
        ("settle_delivery.before", 2),
        ("settle_delivery.after", 1),
    ],
)
async def test_who_tells_it_may_be_killed(scene: Scene, place: str, times: int) -> None:
    job = await scene.begin()
    assert scene.end(job) == 0
    scene.failpoints.arm(place)
    doomed = scene.start()
    try:
        await scene.receiver.wait(times - 1)
        assert await _wait_for(doomed) == -signal.SIGKILL
    finally:
        doomed.kill()
    following = scene.start()
    try:
        await scene.receiver.wait(times)
        async with asyncio.timeout(60):
            while await scene.list() != [(f"{job.id}-succeeded-tenant", "delivered")]:
                assert following.poll() is None
                await asyncio.sleep(0.05)
    finally:
        following.kill()
        following.wait()
    scene.require_told(job)
    assert len(scene.receiver.got) >= times


async def _wait_for(process: subprocess.Popen[bytes]) -> int:
    """Wait beside the receiver, which answers in this very loop."""
    return await asyncio.wait_for(asyncio.to_thread(process.wait), 60)
