"""Tests of child processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.engines.process import EngineError, start_process

_CHECKOUT = Path(__file__).parents[3]

_SLEEP = "import time; print('up', flush=True); time.sleep(60)"

_PARENT = f"""
import pathlib, sys, time
from infra.engines.process import start_process
child = start_process("child", [sys.executable, "-c", {_SLEEP!r}], log=pathlib.Path(sys.argv[1]))
child.wait_for_line("up", seconds=20)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PARENT, str(tmp_path / "child.log")]
    with subprocess.Popen(command, cwd=_CHECKOUT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    deadline = time.monotonic() + 10
    while _is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_child_that_ends_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('port taken'); raise SystemExit(3)"]
    process = start_process("engine", command, log=tmp_path / "log")
    with pytest.raises(EngineError, match=r"(?s)engine ended with exit code 3:.*port taken"):
        process.wait_for_line("Ready", seconds=20)


def test_a_child_that_takes_too_long_is_reported(tmp_path: Path) -> None:
    process = start_process("engine", [sys.executable, "-c", _SLEEP], log=tmp_path / "log")
    try:
        with pytest.raises(EngineError, match=r"engine was not ready within 0 s"):
            process.wait_for_line("Ready", seconds=0.1)
    finally:
        process.kill()


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_SLEEP}"
    process = start_process("deaf", [sys.executable, "-c", deaf], log=tmp_path / "log")
    process.wait_for_line("up", seconds=20)
    process.stop(seconds=0.2)
    assert process.popen.returncode == -signal.SIGKILL


def test_a_child_waits_for_the_lock_of_an_earlier_one(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    first = start_process("first", [sys.executable, "-c", _SLEEP], log=tmp_path / "first.log", lock=lock)
    first.wait_for_line("up", seconds=20)
    second = start_process("second", [sys.executable, "-c", _SLEEP], log=tmp_path / "second.log", lock=lock)
    try:
        with pytest.raises(EngineError, match="not ready"):
            second.wait_for_line("up", seconds=0.3)
        first.kill()
        second.wait_for_line("up", seconds=20)
    finally:
        second.kill()


def test_the_log_of_the_start_before_is_kept(tmp_path: Path) -> None:
    for text in ("first", "second"):
        start_process("child", [sys.executable, "-c", f"print({text!r})"], log=tmp_path / "child.log").popen.wait()
    assert (tmp_path / "child.log").read_text() == "second\n"
    assert (tmp_path / "child.previous.log").read_text() == "first\n"


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
