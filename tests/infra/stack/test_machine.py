"""Tests of what the machine must offer."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.engines.process import EngineError
from infra.stack import machine


def test_available_memory_is_read(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       24682496 kB\nMemAvailable:    2097152 kB\n")
    assert machine.read_available_megabytes(meminfo) == 2048
    assert machine.read_available_megabytes(tmp_path / "none") is None


def test_too_little_memory_is_refused_with_both_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "read_available_megabytes", lambda: 3000)
    machine.require_memory(heaps_megabytes=[1024], rooms=2)
    with pytest.raises(EngineError, match=r"2 Neo4j servers and 3 processes of ours need \d+ MB, and 3000 MB are"):
        machine.require_memory(heaps_megabytes=[1024, 1024], rooms=3)


def test_memory_that_nobody_knows_is_no_reason_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "read_available_megabytes", lambda: None)
    machine.require_memory(heaps_megabytes=[1_000_000], rooms=1)


def test_too_little_disk_is_refused_with_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 * 1024**2))
    machine.require_disk(tmp_path, databases=0)
    with pytest.raises(EngineError, match=f"{tmp_path} has 100 MB free"):
        machine.require_disk(tmp_path, databases=1)
