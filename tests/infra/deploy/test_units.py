"""Tests of the units: systemd takes them, and faults in them are found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.deploy.checking import units as verifying
from infra.deploy.checking.units import HOW_TO_INSTALL, PROGRAM, verify_units
from infra.deploy.units import COMMANDS, UNITS, file_of

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="systemd is Linux's")

MOST_EXPOSED = "20"
"""Of 100: so much is left that a service needs which speaks to others."""


def test_systemd_takes_them() -> None:
    assert verify_units(UNITS) == []


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("ProtectSystem=strict", "ProtectSystm=strict", "ProtectSystm"),
        ("ProtectSystem=strict", "ProtectSystem=wall", "wall"),
        ("bin/graphferry", "bin/grapferry", "bin/grapferry is not executable"),
    ],
    ids=["name", "value", "program"],
)
def test_a_fault_is_found(tmp_path: Path, right: str, wrong: str, found: str) -> None:
    for unit in COMMANDS:
        (tmp_path / unit).write_text(file_of(unit).read_text().replace(right, wrong))
    assert any(found in finding for finding in verify_units(tmp_path))


@pytest.mark.parametrize("unit", COMMANDS)
def test_a_process_may_do_little(unit: str) -> None:
    assert shutil.which(PROGRAM), HOW_TO_INSTALL
    words = [PROGRAM, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager"]
    done = subprocess.run([*words, str(file_of(unit))], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_machine_without_systemd_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "PROGRAM", "not-there")
    assert verify_units(UNITS) == [HOW_TO_INSTALL]
