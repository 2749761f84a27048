"""A worker's figures: its loops' errors, and the seconds that attempts are in their phases."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from handlers.attempts.lease import Leases
from handlers.worker.metrics import WorkerMetrics, serve_metrics
from shared.errors import UnavailableError
from shared.jobs.events import Event
from shared.jobs.record import Phase
from shared.ports.jobs import WhenBusy
from shared.ports.tracing import NoTracer
from tests.support.job_stores import MemoryRig, make_job
from tests.support.promtool import NEEDS_PROMTOOL, promtool
from tests.support.workbench import make_settings


def find_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def scrape(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        return str(answer.read().decode())


async def test_the_seconds_of_phases_are_counted(tmp_path: Path) -> None:
    metrics, rig, now = WorkerMetrics(), MemoryRig(), [0.0]
    leases = Leases(
        rig.store, make_settings(tmp_path), lambda: now[0], tell_phase=metrics.count_phase, tracer=NoTracer()
    )
    job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    async with leases.hold(Event(job_id=job.id, attempt=1)) as lease:
        assert lease is not None
        for phase, seconds in ((Phase.NODES, 2.0), (Phase.NODES, 3.0), (Phase.RELATIONSHIPS, 4.0)):
            lease.progress = replace(lease.progress, phase=phase)
            now[0] += seconds
    value = metrics.registry.get_sample_value
    told = {each: value("graphferry_phase_seconds_total", {"kind": "export", "phase": each}) for each in Phase}
    assert {phase: seconds for phase, seconds in told.items() if seconds} == {Phase.NODES: 5, Phase.RELATIONSHIPS: 4}


def test_each_process_of_a_pool_has_a_port_of_its_own(tmp_path: Path) -> None:
    port = find_port()
    settings, metrics = make_settings(tmp_path, worker_metrics_port=port - 1), WorkerMetrics()
    metrics.count_loop_error("reaper")
    with serve_metrics(metrics, settings, place=1):
        assert 'graphferry_loop_errors_total{loop="reaper"} 1.0' in scrape(port)
        with (
            pytest.raises(UnavailableError, match=rf"{port}.*WORKER_METRICS_PORT"),
            serve_metrics(metrics, settings, place=1),
        ):
            pass
    with pytest.raises(OSError, match="refused"):
        scrape(port)


def test_without_a_port_nothing_is_served(tmp_path: Path) -> None:
    with serve_metrics(WorkerMetrics(), make_settings(tmp_path), place=0):
        pass


@NEEDS_PROMTOOL
def test_prometheus_takes_them(tmp_path: Path) -> None:
    port = find_port()
    with serve_metrics(WorkerMetrics(), make_settings(tmp_path, worker_metrics_port=port), place=0):
        promtool("check", "metrics", given=scrape(port))
