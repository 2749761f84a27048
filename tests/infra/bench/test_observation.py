"""Tests of watching processes."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.bench.observation import observe
from infra.bench.observed_room import FOLDER_VARIABLE, GAP

_CHECKOUT = Path(__file__).parents[3]

_GREEDY = """
import sys, time
held = b'x' * 64 * 1024**2
while time.process_time() < 0.5: pass
print('sated', flush=True)
sys.stdin.read()
"""

_ROOM = """
import asyncio, time, uvloop
async def block():
    await asyncio.sleep(0.05)
    time.sleep(0.3)
    end = time.thread_time() + 0.3
    while time.thread_time() < end: pass
    await asyncio.sleep(0.05)
uvloop.run(block())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RssAnon is what Linux tells")
def test_memory_and_processor_time_of_a_child_are_seen(tmp_path: Path) -> None:
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    command = [sys.executable, "-c", parent, _GREEDY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with observe({"greedy": process.pid}, gaps=tmp_path) as seen:
            assert process.stdout.readline() == b"sated\n"
            end = time.monotonic() + 20
            while seen.peak_megabytes.get("greedy", 0) <= 64 and time.monotonic() < end:
                time.sleep(0.02)
        process.communicate()
    assert 64 < seen.peak_megabytes["greedy"] < 120
    assert seen.cpu_seconds["greedy"] > 0.2
    assert seen.longest_block_ms == {"greedy": 0.0}


def test_a_blocked_loop_is_written_down(tmp_path: Path) -> None:
    (tmp_path / "blocking_room.py").write_text(_ROOM)
    gaps = tmp_path / "gaps"
    gaps.mkdir()
    environ = {**os.environ, FOLDER_VARIABLE: str(gaps), "PYTHONPATH": f"{_CHECKOUT}{os.pathsep}{tmp_path}"}
    command = [sys.executable, "-m", "infra.bench.observed_room", "blocking_room"]
    subprocess.run(command, cwd=_CHECKOUT, env=environ, check=True, timeout=30)
    (written,) = gaps.iterdir()
    _, lag, worked = max(struct.iter_unpack(GAP, written.read_bytes()), key=lambda gap: gap[1])
    assert lag > 0.5
    assert 0.25 < worked < lag - 0.2


def test_only_blocks_within_the_watch_count(tmp_path: Path) -> None:
    now = time.monotonic()
    file = tmp_path / str(os.getpid())
    file.write_bytes(struct.pack(GAP, now - 1, 9.0, 9.0))
    with observe({"us": os.getpid()}, gaps=tmp_path) as seen, file.open("ab") as more:
        more.write(struct.pack(GAP, time.monotonic(), 0.125, 0.0625))
    assert seen.longest_block_ms == {"us": 125.0}
    assert seen.longest_work_ms == {"us": 62.5}
