"""Tests of keeping children running."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.engines.process import Process, start_process
from infra.stack.supervisor import Supervisor, supervise, watched


def _starter(folder: Path, name: str, code: str) -> Callable[[], Process]:
    return lambda: start_process(name, [sys.executable, "-c", code], log=folder / f"{name}.log")


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what changes is another process
            await asyncio.sleep(0.02)


async def test_a_killed_child_is_started_again_and_stopped_at_the_end(tmp_path: Path) -> None:
    async with supervise() as supervisor:
        first_process = supervisor.add(
            _starter(tmp_path, "sleeper", "import time; print('up', flush=True); time.sleep(60)")
        )
        async with watched(supervisor):
            first = supervisor.pids["sleeper"]
            os.kill(first, signal.SIGKILL)
            await _until(lambda: supervisor.pids["sleeper"] != first)
            await _until(supervisor.are_alive)
            second = supervisor.pids["sleeper"]
    assert not first_process.is_alive
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


async def test_a_child_that_cannot_live_is_started_ever_more_rarely(tmp_path: Path) -> None:
    starts: list[float] = []
    start = _starter(tmp_path, "failing", "raise SystemExit(3)")

    def count() -> Process:
        starts.append(asyncio.get_running_loop().time())
        return start()

    async with supervise() as supervisor:
        supervisor.add(count)
        async with watched(supervisor):
            await _until(lambda: len(starts) == 4)
    assert supervisor.restarts == 3
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses[0] >= 0.2
    assert pauses[1] >= 0.4
    assert pauses[2] >= 0.8


async def test_no_pause_is_longer_than_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with supervise(longest_pause=0.3) as supervisor:
        supervisor.add(_starter(tmp_path, "failing", "raise SystemExit(3)"))
        async with watched(supervisor):
            await _until(lambda: supervisor.restarts == 3)
    told = [line.rpartition(" in ")[2] for line in capsys.readouterr().out.splitlines()]
    assert told[:3] == ["0.2 s", "0.3 s", "0.3 s"]


async def test_a_child_that_cannot_be_started_does_not_end_the_watch(tmp_path: Path) -> None:
    attempts = iter([True, False, True])
    start = _starter(tmp_path, "sleeper", "import time; time.sleep(60)")

    def fail_once() -> Process:
        if not next(attempts):
            raise OSError("no more processes")
        return start()

    async with supervise() as supervisor:
        supervisor.add(fail_once)
        async with watched(supervisor):
            first = supervisor.pids["sleeper"]
            os.kill(first, signal.SIGKILL)
            await _until(lambda: supervisor.pids["sleeper"] != first)


def test_logs_of_all_children_are_read(tmp_path: Path) -> None:
    supervisor = Supervisor()
    process = supervisor.add(_starter(tmp_path, "talker", "print('last words')"))
    process.popen.wait()
    assert "last words" in supervisor.read_logs()
