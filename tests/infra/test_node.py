"""Tests of the packages of npm: what cannot be installed is named, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.engines import cache
from infra.engines.process import EngineError
from infra.node import install_packages


def test_packages_that_the_lock_lacks_are_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text(json.dumps({"name": "a", "dependencies": {"left-pad": "1.3.0"}}))
    (project / "package-lock.json").write_text(json.dumps({"name": "a", "lockfileVersion": 3, "packages": {"": {}}}))
    (project / ".npmrc").write_text("")
    with pytest.raises(EngineError, match="left-pad"):
        install_packages(project)
    assert list((tmp_path / "cache").glob("npm-*[0-9a-f]")) == []
