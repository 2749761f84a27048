"""One running job for each tenant, whoever asks how often through whichever gateway."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from statistics import mean
from typing import Any
from urllib.request import urlopen

import aiohttp
import pytest

from infra.engines.ports import choose_port
from tests.faults.conftest import TENANTS, TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.faults.proxies import Flow
from tests.support.faults.stacks import DATABASE, FaultStack

pytestmark = TWO_WORKERS

SUBMISSIONS = 500
FAIRNESS = 3.0
"""How many times the mean the longest wait may be."""


@pytest.fixture(scope="session")
def gateways(stack: FaultStack) -> Iterator[list[str]]:
    """The addresses of two gateways."""
    with second_gateway(stack) as other:
        yield [stack.client.ready["gateway"], other]


@contextmanager
def second_gateway(stack: FaultStack) -> Iterator[str]:
    port = choose_port()
    # Both tell one public address, as behind one proxy.
    changes = {"PORT": str(port), "METRICS_PORT": "0", "PUBLIC_URL": stack.client.ready["gateway"]}
    environ = {**stack.environ, **{f"GRAPHFERRY_{name}": value for name, value in changes.items()}}
    with (stack.folder / "second.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "gateway"], env=environ, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 30.0
        while not _answers(f"http://127.0.0.1:{port}/livez"):
            assert time.monotonic() < end, (stack.folder / "second.log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


async def post_all(
    stack: FaultStack, gateways: list[str], path: str, requests: list[tuple[str, dict[str, Any]]]
) -> list[tuple[int, Any]]:
    """Post each body for its tenant, all at once, in turn to the gateways; give statuses and bodies."""
    tenants = stack.client.ready["tenants"]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=120)) as session:

        async def post(at: int, tenant: str, body: dict[str, Any]) -> tuple[int, Any]:
            headers = {"X-API-KEY": tenants[tenant]["keys"]["admin"]}
            url = gateways[at % len(gateways)] + path.format(tenant=tenant)
            async with session.post(url, json=body, headers=headers) as response:
                return response.status, await response.json()

        return await asyncio.gather(*(post(at, *each) for at, each in enumerate(requests)))


@pytest.mark.fault("R25")
async def test_one_of_many_submissions_at_once_is_accepted(
    stack: FaultStack, gateways: list[str], scale: Scale, figures: Figures
) -> None:
    body = {"inputs": {"services": [f"{DATABASE}/Large"]}}
    for _ in range(scale.count(1, 20)):
        with stack.asleep():  # so that the accepted job cannot end before the last submission
            answers = await post_all(stack, gateways, "/{tenant}/api/v4/export", [("acme", body)] * SUBMISSIONS)
        tally = Counter(status for status, _ in answers)
        assert tally == {200: 1, 409: SUBMISSIONS - 1}, tally
        (accepted,) = [body for status, body in answers if status == 200]
        refused = [body for status, body in answers if status == 409]
        assert {(each["code"], each["job_id"]) for each in refused} == {("JOB_LIMIT_REACHED", accepted["id"])}
        assert {each["status_url"] for each in refused} == {accepted["status_url"]}
        stack.cancel(accepted["id"])
        assert stack.wait_for_end(accepted["id"])["status"] in {"cancelled", "closed"}
        figures.add("rounds with one accepted")


def waits(jobs: list[dict[str, Any]]) -> list[float]:
    times = [(datetime.fromisoformat(job["created"]), datetime.fromisoformat(job["started"])) for job in jobs]
    return [(started - created).total_seconds() for created, started in times]


@pytest.mark.fault("R26")
async def test_tenants_wait_alike(stack: FaultStack, gateways: list[str], scale: Scale, figures: Figures) -> None:
    for _ in range(scale.count(1, 10)):
        tenants = TENANTS[2:][: scale.count(20, 100)]
        body = {"database": DATABASE, "export_app": "Small"}
        requests = [(tenant, body) for _ in range(5) for tenant in tenants]
        answers = await post_all(stack, gateways, "/imaging/etl/api/app/export", requests)
        assert Counter(status for status, _ in answers) == {200: len(requests)}
        asked = [(tenant, body["success"]["uuid"]) for (tenant, _), (_, body) in zip(requests, answers, strict=True)]
        jobs = [await asyncio.to_thread(stack.wait_for_end, job_id, tenant=tenant) for tenant, job_id in asked]
        assert {job["status"] for job in jobs} == {"closed"}
        waited = waits(jobs)
        figures.add("longest wait ÷ mean", max(waited) / mean(waited))
        assert max(waited) / mean(waited) <= FAIRNESS
        for tenant in tenants:
            own = [job for (name, _), job in zip(asked, jobs, strict=True) if name == tenant]
            require_one_after_the_other(sorted(own, key=lambda job: str(job["started"])))


def require_one_after_the_other(jobs: list[dict[str, Any]]) -> None:
    for earlier, later in pairwise(jobs):
        assert earlier["ended"] <= later["started"]


def test_the_line_is_limited_and_keeps_its_order(stack: FaultStack) -> None:
    with stack.slowed():
        running = stack.submit("export", export_app="Large", batch_size=2)
        stack.wait(running, lambda job: job["status"] != "created")
        with stack.asleep():
            stack.bolt.flow = Flow.OPEN
            line = [stack.submit("export", export_app="Small") for _ in range(25)]
            answer = stack.client.imaging("export", database=DATABASE, export_app="Small")
            assert (answer.status, answer.body["error"]["code"]) == (503, "QUEUE_FULL"), answer
            assert "could not be queued" in answer.body["error"]["message"]
            assert stack.cancel(line.pop(7)).status == 200
            assert stack.cancel(running).status == 200
    jobs = [stack.wait_for_end(job_id) for job_id in [running, *line]]
    assert [job["status"] for job in jobs] == ["cancelled", *["closed"] * 24]
    require_one_after_the_other(jobs)


def test_jobs_are_seen_by_owner_and_supervisor_alone(stack: FaultStack) -> None:
    with stack.asleep():
        job_id = stack.submit("export", export_app="Large", batch_size=2)
        path, cancel = f"/api/v1/jobs/{job_id}", {"status": "cancelled"}
        for tenant, key in (("acme", "user"), ("acme", "importer"), ("globex", "admin"), ("globex", "supervisor")):
            for method, where, body in (("GET", path, None), ("PATCH", path, cancel), ("GET", f"{path}/log", None)):
                answer = stack.client.request(method, where, body, tenant=tenant, key=key)
                assert answer.status == 404, (tenant, key, method, where)
            listed = stack.client.request("GET", "/api/v1/jobs", tenant=tenant, key=key).body["jobs"]
            assert job_id not in [job["id"] for job in listed]
        assert stack.read(job_id, key="supervisor")["id"] == job_id
        answer = stack.cancel(job_id, key="supervisor")
        assert (answer.status, answer.body["cancel"]["by"]) == (200, "supervisor")
    assert stack.wait_for_end(job_id)["status"] == "cancelled"


def test_an_owner_without_roles_cancels(stack: FaultStack) -> None:
    body = {"database": DATABASE, "export_app": "Large", "batch_size": 10}
    with stack.asleep():
        answer = stack.client.request("POST", "/imaging/etl/api/app/export", body, key="user")
        job_id = answer.body["success"]["uuid"]
        assert stack.read(job_id, key="user")["created_by"] == "user"
        assert stack.cancel(job_id, key="user").status == 200
    assert stack.wait_for_end(job_id)["status"] == "cancelled"
