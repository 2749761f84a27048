"""A real worker moves nodes of which a few fill its memory."""

from __future__ import annotations

import random
from pathlib import Path

import orjson

from shared.adapters.neo4j.connection import open_connection
from shared.jobs.record import JobKind, Status
from shared.jobs.requests import ApplicationReference, DeleteRequest, ExportRequest, ImportRequest, JobRequest
from shared.ports.jobs import WhenBusy
from shared.settings.databases import DatabaseSettings
from tests.handlers.worker.test_process import start_worker
from tests.support.job_stores import is_ended, make_job, open_valkey_rig, wait_until
from tests.support.peaks import WORKER_BYTES, peak_of
from tests.support.stacks.engines import wipe_database

NODES = 6
NODE_BYTES = 15_000_000
JOB_SECONDS = 400.0

MOST_BYTES = WORKER_BYTES + 2 * NODE_BYTES
"""Two lanes write, and the next nodes are read meanwhile: how many are held at once depends on who is faster."""

JOBS: list[tuple[JobKind, JobRequest]] = [
    (
        JobKind.EXPORT,
        ExportRequest(database="graph", applications=(ApplicationReference(name="App"),), archive_name="heavy.zip"),
    ),
    (JobKind.IMPORT, ImportRequest(database="graph", archive_name="heavy.zip", import_as="Copy")),
    (JobKind.DELETE, DeleteRequest(database="graph", name="Copy")),
]


async def seed(settings: DatabaseSettings) -> None:
    text = random.Random(1).randbytes(NODE_BYTES // 4).hex() * 2
    wipe_database(settings)
    async with open_connection("graph", settings) as connection:
        for at in range(NODES):
            await connection.run("CREATE (:App {at: $at, text: $text})", {"at": at, "text": text})


def describe(settings: DatabaseSettings) -> str:
    """Say to a worker how to reach the database."""
    told = {"uri": settings.uri, "user": settings.user, "password": settings.password.get_secret_value()}
    return orjson.dumps({"graph": told}).decode()


async def test_nodes_of_many_bytes_move_within_bounds(
    valkey_url: str, neo4j_2026: DatabaseSettings, tmp_path: Path
) -> None:
    await seed(neo4j_2026)
    further = {"DATABASES": describe(neo4j_2026)}
    async with (
        open_valkey_rig(valkey_url) as rig,
        start_worker(valkey_url, tmp_path, module="handlers", further=further) as worker,
    ):
        for kind, request in JOBS:
            job = await rig.store.submit(
                make_job(kind=kind, database="graph", request=request), when_busy=WhenBusy.QUEUE
            )
            ended = await wait_until(rig.store, job, is_ended, JOB_SECONDS)
            assert (ended.status, ended.failure) == (Status.CLOSED, None)
        assert peak_of(worker.pid) <= MOST_BYTES
