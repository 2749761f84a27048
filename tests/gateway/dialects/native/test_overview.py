"""The overview tells how workers and the tenant's jobs are doing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.jobs.events import Event
from shared.jobs.record import Outcome, Phase, Progress, Status
from shared.ports.jobs import make_nonce
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import submit

PATH = "/api/v1/overview"
STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


async def read(client: Client, world: World, caller: str = "admin") -> dict[str, Any]:
    answer = await client.get(PATH, headers=world.as_(caller))
    assert answer.status == 200
    body: dict[str, Any] = await answer.json()
    return body


async def test_workers_with_what_they_do_for_the_tenant(client: Client, world: World) -> None:
    for name, is_draining in (("host:1", False), ("odd:host:2", True)):
        await world.jobs.announce(name, started=STARTED, now=STARTED, is_draining=is_draining)
    own, other = await submit(world), await submit(world, tenant="globex")
    await world.jobs.claim(Event(job_id=own.id, attempt=1), make_nonce("host:1"))
    await world.jobs.claim(Event(job_id=other.id, attempt=1), make_nonce("odd:host:2"))

    workers = (await read(client, world))["workers"]

    seen = [each.pop("heartbeat") for each in workers]
    since = {"started": "2026-01-02T03:04:05.000Z"}
    assert workers == [
        {"id": "host:1", "host": "host", "pid": 1, **since, "job_id": own.id, "draining": False},
        {"id": "odd:host:2", "host": "odd:host", "pid": 2, **since, "job_id": None, "draining": True},
    ]
    assert all(seen)


async def test_queue_and_throughput(client: Client, world: World) -> None:
    assert await read(client, world) == {"workers": [], "queue": {"running": 0, "waiting": 0}, "throughput": []}
    first, _ = await submit(world), await submit(world)
    claim = await world.jobs.claim(Event(job_id=first.id, attempt=1), "nonce")
    assert claim is not None
    assert (await read(client, world))["queue"] == {"running": 1, "waiting": 1}
    await world.jobs.finish(
        claim, Outcome(status=Status.CLOSED, progress=Progress(phase=Phase.NODES, nodes_done=7, relationships_done=3))
    )
    told = await read(client, world)
    assert told["queue"] == {"running": 1, "waiting": 0}
    throughput = told["throughput"]
    assert [sum(each[name] for each in throughput) for name in ("elements", "jobs_ended")] == [10, 1]
    assert (throughput[-1]["waiting"], throughput[-1]["running"]) == (0, 1)
    assert datetime.fromisoformat(throughput[-1]["time"]).second == 0
    assert (await read(client, world, "stranger"))["throughput"] == []


@pytest.mark.parametrize(("caller", "status"), [("supervisor", 200), ("importer", 403), ("user", 403)])
async def test_who_may_see_it(client: Client, world: World, caller: str, status: int) -> None:
    assert (await client.get(PATH, headers=world.as_(caller))).status == status
