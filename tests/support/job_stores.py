"""Both job stores behind one rig that moves time and plays arq's part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import uuid_utils
from redis.asyncio import Redis

from shared.adapters.valkey.client import open_valkey, send
from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.adapters.valkey.layouts import find_namespace
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.shared_reads import open_shared_reads
from shared.jobs.events import Event
from shared.jobs.record import Cancellation, Job, JobKind, NewJob, Status, Surface
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.ports.jobs import JobStore
from shared.settings.process import Settings
from tests.support.least_rights import as_owner
from tests.support.memory.jobs import MemoryJobStore

LEASE_SECONDS = 0.4


def make_job(tenant: str = "acme", **changes: Any) -> NewJob:
    request = ExportRequest(
        database="source", applications=(ApplicationReference(name='Säule "A"`:1'),), archive_name="package.zip"
    )
    fields = {
        "id": str(uuid_utils.uuid7()),
        "kind": JobKind.EXPORT,
        "surface": Surface.IMAGING,
        "database": "source",
        "created_by": "ann",
        "request": request,
        "deadline_seconds": 3600,
    }
    return NewJob(tenant=tenant, **{**fields, **changes})


def make_cancellation(by: str = "ann") -> Cancellation:
    return Cancellation(reason="no longer wanted", by=by, at=datetime(2026, 5, 1, tzinfo=UTC))


async def wait_until(store: JobStore, job: Job, condition: Callable[[Job], bool], seconds: float = 20.0) -> Job:
    """Read the record again and again until it is as wanted."""
    async with asyncio.timeout(seconds):
        while not condition(now := await store.get(job.id)):  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.01)
    return now


def is_running(job: Job) -> bool:
    return job.status is Status.IN_PROGRESS and job.lease_until is not None


def is_ended(job: Job) -> bool:
    return job.ended is not None


class JobStoreRig(Protocol):
    @property
    def store(self) -> JobStore: ...

    async def wait(self, seconds: float) -> None:
        """Let time pass for the store."""

    async def queued(self, queue: str) -> list[Event]:
        """Read the queue, oldest first."""

    async def lose_event(self, event: Event) -> None:
        """Drop an event from its queue, as a worker does that could not reach the store."""

    async def pick_up(self, event: Event, seconds_ago: float) -> None:
        """Mark an event as taken by a worker that died before it claimed."""

    async def expire(self, job_id: str, *, lease: float | None = None, deadline: float | None = None) -> None:
        """Set the ends of a claimed job's lease and time to so many seconds ago."""


@dataclass(slots=True)
class MemoryRig:
    lease_seconds: float = LEASE_SECONDS
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    store: MemoryJobStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = MemoryJobStore(clock=lambda: self.now, lease=timedelta(seconds=self.lease_seconds))

    async def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def queued(self, queue: str) -> list[Event]:
        return list(self.store.queues[queue])

    async def lose_event(self, event: Event) -> None:
        for queue in self.store.queues.values():
            if event in queue:
                queue.remove(event)

    async def pick_up(self, event: Event, seconds_ago: float) -> None:
        self.store.picked_up[event] = self.now - timedelta(seconds=seconds_ago)

    async def expire(self, job_id: str, *, lease: float | None = None, deadline: float | None = None) -> None:
        ends = {"lease_until": lease, "deadline": deadline}
        changes: Any = {name: self.now - timedelta(seconds=ago) for name, ago in ends.items() if ago is not None}
        self.store.jobs[job_id] = replace(self.store.jobs[job_id], **changes)


@dataclass(slots=True)
class ValkeyRig:
    store: ValkeyJobStore
    client: Redis
    """For the test's own looking, without the store's user."""
    names: Namespace

    @property
    def namespace(self) -> str:
        """What the installation's keys begin with."""
        return self.names.text

    @property
    def arq(self) -> str:
        """What arq's own keys begin with."""
        return self.names.arq

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds + 0.01)

    async def queued(self, queue: str) -> list[Event]:
        members = await self.client.zrange(f"{self.namespace}:queue:{queue}", 0, -1)
        return [Event(job_id=job_id, attempt=int(attempt)) for job_id, attempt in (each.split(":") for each in members)]

    async def lose_event(self, event: Event) -> None:
        name = f"{event.job_id}:{event.attempt}"
        for queue in ("work", "undo"):
            await self.client.zrem(f"{self.namespace}:queue:{queue}", name)
        await self.client.delete(f"{self.arq}job:{name}")

    async def pick_up(self, event: Event, seconds_ago: float) -> None:
        await self.client.set(f"{self.arq}in-progress:{event.job_id}:{event.attempt}", "1")
        if seconds_ago:
            await self._set_times(event.job_id, {"stuck_since": seconds_ago})

    async def expire(self, job_id: str, *, lease: float | None = None, deadline: float | None = None) -> None:
        ends = {"lease_until": lease, "deadline": deadline}
        await self._set_times(job_id, {name: ago for name, ago in ends.items() if ago is not None})

    async def _set_times(self, job_id: str, ago: Mapping[str, float]) -> None:
        seconds, microseconds = await self.client.time()
        now = seconds * 1000 + microseconds // 1000
        times = [part for name, each in ago.items() for part in (name, now - round(each * 1000))]
        await send(self.client, "HSET", f"{self.namespace}:job:{job_id}", *times)


@asynccontextmanager
async def open_valkey_rig(
    url: str, lease_seconds: float = LEASE_SECONDS, *, ca_file: Path | None = None
) -> AsyncIterator[ValkeyRig]:
    settings = Settings(valkey_url=url, installation="ours", lease_seconds=lease_seconds, valkey_ca_file=ca_file)
    url = settings.valkey_address
    async with open_valkey(url) as client, open_valkey(as_owner(url)) as owner, open_shared_reads(client) as reads:
        namespace = await find_namespace(client, settings.installation, url)
        store = ValkeyJobStore(client, settings, namespace=namespace, reads=reads)
        yield ValkeyRig(store=store, client=owner, names=namespace)
