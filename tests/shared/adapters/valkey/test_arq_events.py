"""The queue format that our scripts write is the one that arq reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from arq.connections import ArqRedis
from arq.jobs import serialize_job
from arq.worker import Worker, func

from shared.adapters.valkey.arq_events import EVENT_FUNCTION, EventQueues, open_event_queues, parse_event, serialize
from shared.jobs.events import Event
from shared.ports.jobs import WhenBusy
from shared.settings.process import Settings
from tests.support.job_stores import make_job, open_valkey_rig
from tests.support.least_rights import as_owner


async def run_worker(queues: EventQueues, function: Any) -> None:
    worker = Worker(
        functions=[func(function, name=queues.function)],
        queue_name=queues.name("work"),
        redis_pool=queues.pool,
        burst=True,
        poll_delay=0.01,
        handle_signals=False,
        max_tries=1,
        keep_result=0,
        job_serializer=queues.serialize,
        job_deserializer=queues.deserialize,
    )
    await worker.main()
    assert (worker.jobs_complete, worker.jobs_failed) == (1, 0)


async def test_real_worker_takes_an_event_that_a_script_wrote(valkey_url: str) -> None:
    settings = Settings(valkey_url=valkey_url, installation="ours")
    taken: list[tuple[Event, str]] = []

    async def take(context: dict[str, Any], event: object) -> None:
        taken.append((parse_event(event), context["job_id"]))

    async with open_valkey_rig(valkey_url) as rig, open_event_queues(settings) as queues:
        job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
        (queued,) = await queues.pool.queued_jobs(queue_name=queues.name("work"))
        await run_worker(queues, take)
        assert await rig.queued("work") == []
        assert await rig.client.keys("*arq:*") == []
    assert taken == [(Event(job_id=job.id, attempt=1), f"{job.id}:1")]
    assert abs(queued.enqueue_time - datetime.now(UTC)) < timedelta(minutes=1)


async def test_payload_is_the_one_that_arq_would_write(valkey_url: str) -> None:
    async with open_valkey_rig(valkey_url) as rig, ArqRedis.from_url(as_owner(valkey_url)) as pool:
        job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
        ours = orjson.loads(await pool.get(f"{rig.arq}job:{job.id}:1") or b"")
        event = {"job_id": job.id, "attempt": 1}
        theirs = serialize_job(EVENT_FUNCTION, (event,), {}, None, ours["et"], serializer=serialize)
        assert ours == orjson.loads(theirs)


@pytest.mark.parametrize("argument", [None, {}, {"job_id": "a"}, {"job_id": "a", "attempt": "x"}, ["a", 1]])
def test_other_arguments_are_refused(argument: object) -> None:
    with pytest.raises(ValueError, match="validation error"):
        parse_event(argument)


def test_results_never_need_pickle() -> None:
    assert serialize({"r": ValueError("no")}) == b'{"r":"ValueError(\'no\')"}'
