"""However many processes look, and wherever one of them dies, each time of a schedule has one job."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.schedules.store import ValkeySchedules
from shared.adapters.valkey.shared_reads import open_shared_reads
from shared.ports.jobs import JobFilter
from shared.schedules.record import RunOutcome, derive_job_id
from shared.settings.process import Settings
from tests.support.faults.failing import FailpointFolder
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.engines

PATIENCE_SECONDS = 120.0
YEARLY = "0 0 1 1 *"
"""So that no further time comes while the test goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    url: str
    jobs: ValkeyJobStore
    schedules: ValkeySchedules

    async def make_due(self, number: int) -> dict[str, datetime]:
        """Make so many schedules whose time has just come; give each one's time."""
        due = await self.jobs.read_clock() - timedelta(seconds=10)
        due = due.replace(microsecond=0)
        dues = {f"s{at}": due - timedelta(seconds=at) for at in range(number)}
        for schedule_id, each in dues.items():
            await self.schedules.create(make_schedule(schedule_id, cron=YEARLY), next_run=each, most=1000)
        return dues

    async def require_one_job_each(self, dues: Mapping[str, datetime]) -> None:
        """Wait until all times are settled, and require that each has one run and one job."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not await self._are_settled(dues):
            assert time.monotonic() < end, "times are left"
            await asyncio.sleep(0.05)
        for schedule_id, due in dues.items():
            (run,) = await self.schedules.list_runs("acme", schedule_id)
            assert (run.outcome, run.due, run.job_id) == (RunOutcome.SUBMITTED, due, derive_job_id(schedule_id, due))
        page = await self.jobs.list_jobs("acme", where=JobFilter(), limit=1000)
        wanted = {derive_job_id(schedule_id, due) for schedule_id, due in dues.items()}
        assert sorted(each.id for each in page.jobs) == sorted(wanted)

    async def _are_settled(self, dues: Mapping[str, datetime]) -> bool:
        runs = [await self.schedules.list_runs("acme", each) for each in dues]
        return all(runs)


@pytest.fixture
async def stores(valkey_url: str, tmp_path: Path) -> AsyncIterator[Stores]:
    async with open_valkey(valkey_url) as client, open_shared_reads(client) as reads:
        namespace = Namespace("test")
        settings = Settings(valkey_url=valkey_url, installation="test", data_dir=tmp_path)
        yield Stores(
            url=valkey_url,
            jobs=ValkeyJobStore(client, settings, namespace=namespace, reads=reads),
            schedules=ValkeySchedules(client, namespace=namespace),
        )


@contextmanager
def looking(url: str, folder: Path, environ: Mapping[str, str], number: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Have so many processes look, which begin at once."""
    command = [sys.executable, "-m", "tests.support.schedule_process", url, str(folder)]
    with ExitStack() as stack:
        processes = []
        for _ in range(number):
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environ}
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            processes.append(process)
        for each in processes:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in processes:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        yield processes


async def test_four_processes_run_each_of_fifty_times_once(stores: Stores, tmp_path: Path) -> None:
    dues = await stores.make_due(50)
    with looking(stores.url, tmp_path, {}, 4) as processes:
        await stores.require_one_job_each(dues)
        assert [each.poll() for each in processes] == [None] * 4


@pytest.mark.parametrize(
    "place", ["claim_run.before", "claim_run.after", "submit.before", "submit.after", "settle_run.before"]
)
async def test_a_process_that_dies_between_claim_and_note_loses_and_doubles_nothing(
    stores: Stores, tmp_path: Path, place: str
) -> None:
    failpoints = FailpointFolder(tmp_path / "failpoints")
    dues = await stores.make_due(6)
    failpoints.arm(place, passed=2)
    with looking(stores.url, tmp_path, failpoints.environ, 2) as processes:
        await stores.require_one_job_each(dues)
        await asyncio.to_thread(failpoints.wait_until_struck)
        await asyncio.sleep(0.1)
        assert sorted(each.poll() is None for each in processes) == [False, True]
