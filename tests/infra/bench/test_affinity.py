"""Tests of tying processes to processors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bench.affinity import list_processors, tied

_THREADS = """
import sys, threading
threads = [threading.Thread(target=sys.stdin.read) for _ in range(2)]
for each in threads: each.start()
print('ready', flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tie processes")
def test_every_thread_is_tied_and_let_go() -> None:
    everything = list_processors()
    command = [sys.executable, "-c", _THREADS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with tied([process.pid], everything[:1]):
            assert _read(process.pid) == [set(everything[:1])] * 3
        assert _read(process.pid) == [set(everything)] * 3
        process.communicate()


def _read(pid: int) -> list[set[int]]:
    return [os.sched_getaffinity(int(thread.name)) for thread in Path(f"/proc/{pid}/task").iterdir()]
