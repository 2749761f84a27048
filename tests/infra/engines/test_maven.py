"""Tests of downloading servers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.engines import maven
from infra.engines.process import EngineError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAPHFERRY_CACHE", str(tmp_path))
    return tmp_path


def _fake_resolution(_: str, part: Path) -> Path:
    made = part / "envs" / "some"
    (made / "jars").mkdir(parents=True)
    return made


def test_a_server_is_downloaded_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maven, "_resolve", _fake_resolution)
    found = maven.download_server("1.2.3")
    assert found == cache / "neo4j-1.2.3"
    assert (found / "jars").is_dir()
    assert not (cache / "neo4j-1.2.3.part").exists()
    monkeypatch.setattr(maven, "_resolve", None)
    assert maven.download_server("1.2.3") == found


def test_what_an_interrupted_download_left_is_thrown_away(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maven, "_resolve", _fake_resolution)
    rest = cache / "neo4j-1.2.3.part" / "repository" / "half.jar"
    rest.parent.mkdir(parents=True)
    rest.write_bytes(b"PK")
    maven.download_server("1.2.3")
    assert not rest.exists()


@pytest.mark.usefixtures("cache")
def test_no_network_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(EngineError, match=r"(?s)Neo4j 1\.2\.3 could not be downloaded.*Check the network"):
        maven.download_server("1.2.3")


def test_a_damaged_download_is_an_error() -> None:
    with (
        pytest.raises(EngineError, match=r"damaged; try again\. Checksum mismatch for some\.jar"),
        maven._checksums_enforced(),
    ):
        logging.getLogger("jgo.maven").warning("Checksum mismatch for some.jar: expected 1, got 2")
    with maven._checksums_enforced():
        logging.getLogger("jgo.maven").warning("another warning")


def test_jars_are_fetched_each_by_itself(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(coordinates: Sequence[str], part: Path) -> Path:
        (part / "jars").mkdir(parents=True)
        for each in coordinates:
            (part / "jars" / each.split(":")[1]).touch()
        return part / "jars"

    monkeypatch.setattr(maven, "_fetch", fake)
    found = maven.download_jars("library", ["org.some:one:1", "org.some:other:2"])
    assert found == cache / "library"
    assert {each.name for each in found.iterdir()} == {"one", "other"}
