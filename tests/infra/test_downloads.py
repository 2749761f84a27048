"""What is fetched ahead is what the tests' databases ask for, and its processes end with whoever wanted it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.downloads import _DOWNLOADS, fetching
from infra.engines import maven
from infra.engines.cache import make_once
from infra.engines.versions import CURRENT, LTS
from tests.support.stacks.engines import SessionEngines

CHECKOUT = Path(__file__).parents[2]


def test_it_is_what_the_databases_of_a_session_are_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFERRY_CACHE", str(tmp_path / "cache"))
    fetched: list[str] = []

    def resolve(version: str, part: Path) -> Path:
        fetched.append(version)
        (part / "jars").mkdir(parents=True)
        return part

    def fetch(coordinates: Sequence[str], part: Path) -> Path:
        fetched.append(coordinates[0])
        (part / "jars").mkdir(parents=True)
        (part / "jars" / f"{coordinates[0].split(':')[1]}-1.jar").touch()
        return part / "jars"

    monkeypatch.setattr(maven, "_resolve", resolve)
    monkeypatch.setattr(maven, "_fetch", fetch)
    for download in _DOWNLOADS.values():
        download()
    ahead = fetched.copy()
    engines = SessionEngines(tmp_path / "engines")
    for version in (CURRENT, LTS):
        maven.download_server(engines._neo4j[version].version)
    assert fetched == ahead
    assert {CURRENT, LTS} < set(fetched)


def test_the_processes_end_with_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(command: Sequence[str], **options: object) -> subprocess.Popen[bytes]:
        assert list(command[:3]) == [sys.executable, "-m", "infra.downloads"]
        assert command[3] in _DOWNLOADS
        begun = real([sys.executable, "-c", "import time; time.sleep(600)"])
        started.append(begun)
        return begun

    monkeypatch.setattr(subprocess, "Popen", start)
    with fetching(CHECKOUT):
        assert [each.poll() for each in started] == [None] * len(_DOWNLOADS)
    assert all(each.returncode is not None for each in started)


@pytest.mark.timeout(60)
def test_one_download_waits_for_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFERRY_CACHE", str(tmp_path))

    def make(part: Path) -> Path:
        part.mkdir()
        return part

    def make_after_another(part: Path) -> Path:
        make_once("other", make)
        return make(part)

    assert make_once("one", make_after_another).is_dir()
    assert (tmp_path / "other").is_dir()
