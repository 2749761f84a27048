"""Places are passed without effect unless a process is asked to end there, and then one ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared import failpoints
from tests.support.faults.failing import FailpointFolder

PASS_THREE = """
from shared.failpoints import around, reach
for number in range(3):
    print("step", number, flush=True)
    with around("step"):
        pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> FailpointFolder:
    return FailpointFolder(tmp_path / "failpoints")


def run(folder: FailpointFolder) -> tuple[int, int]:
    """Pass two places three times in a process; give its exit code, and how many steps it began."""
    ended = subprocess.run(
        [sys.executable, "-c", PASS_THREE], env={**folder.environ, "PYTHONPATH": "."}, capture_output=True, check=False
    )
    return ended.returncode, ended.stdout.count(b"step")


def test_without_the_switch_nothing_happens() -> None:
    failpoints.reach("anywhere")


@pytest.mark.parametrize(("place", "passed", "begun"), [("step.before", 1, 1), ("step.after", 2, 2)])
def test_a_process_ends_where_it_is_asked_to(folder: FailpointFolder, place: str, passed: int, begun: int) -> None:
    folder.arm(place, passed=passed)
    assert run(folder) == (-signal.SIGKILL, begun)
    assert not folder.is_armed
    assert run(folder) == (0, 3), "only one process ends"


def test_a_place_that_is_not_passed_ends_nobody(folder: FailpointFolder) -> None:
    folder.arm("step.after", passed=4)
    assert run(folder) == (0, 3)
    assert folder.is_armed
