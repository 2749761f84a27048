"""Tests of the object store that is built on demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.engines.process import EngineError
from infra.engines.versitygw import VERSION, build_versitygw, find_versitygw


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs; the cache is empty."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("GRAPHFERRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_go(folder: Path, script: str) -> None:
    (folder / "go").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "go").chmod(0o755)


def test_it_is_built_once_and_found_from_then_on(programs: Path) -> None:
    assert find_versitygw() is None
    write_go(programs, 'echo "$1 $2" > "$GOBIN/versitygw"')
    built = build_versitygw()
    assert built == find_versitygw()
    assert built.read_text() == f"install github.com/versity/versitygw/cmd/versitygw@{VERSION}\n"
    Path(programs / "go").unlink()
    assert build_versitygw() == built


def test_what_keeps_it_from_being_built_is_named(programs: Path) -> None:
    with pytest.raises(EngineError, match="built by Go, which is not there"):
        build_versitygw()
    write_go(programs, "echo no network >&2; exit 1")
    with pytest.raises(EngineError, match="could not be built: no network"):
        build_versitygw()
    assert find_versitygw() is None
