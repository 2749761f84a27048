"""Tests of the environment in the checkout."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from infra.environment import Environment, EnvironmentBroken

_UNREACHABLE_INDEX = "http://127.0.0.1:9/simple"


class _Usage(NamedTuple):
    free: int


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder whose lock file needs nothing."""
    (tmp_path / "requirements.lock").write_text("# nothing\n")
    return tmp_path


@pytest.fixture(autouse=True)
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep pip from the network, whatever the machine's configuration says."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", _UNREACHABLE_INDEX)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


def test_the_environment_is_made_once_and_runs_our_rooms(
    checkout: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "gateway.py").write_text("print('a room')")
    environment = Environment(checkout)
    environment.ensure()
    assert "Making the environment" in capfd.readouterr().out
    said = subprocess.run([environment.python, "-m", "gateway"], cwd="/", capture_output=True, text=True, check=True)
    assert said.stdout == "a room\n"
    assert (checkout / ".venv" / "bin" / "graphferry").stat().st_mode & 0o111

    monkeypatch.setattr(subprocess, "run", None)  # a second start needs no program
    monkeypatch.setattr(subprocess, "Popen", None)
    Environment(checkout).ensure()
    assert capfd.readouterr().out == ""


def test_a_changed_lock_file_is_installed(
    checkout: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    environment = Environment(checkout)
    environment.ensure()
    _lock(checkout, hashlib.sha256(wheel.read_bytes()).hexdigest())
    environment.ensure()
    assert "Installing the 1 packages of requirements.lock …\n  1/1 cargo" in capfd.readouterr().out
    subprocess.run([environment.python, "-c", "import cargo"], check=True)

    _lock(checkout, hashlib.sha256(b"another file").hexdigest())
    subprocess.run([environment.python, "-m", "pip", "uninstall", "-yq", "cargo"], check=True)
    with pytest.raises(EnvironmentBroken, match="DO NOT MATCH THE HASHES"):
        environment.ensure()


def test_no_network_is_named(checkout: Path) -> None:
    _lock(checkout, "0" * 64)
    with pytest.raises(EnvironmentBroken, match=r"(?s)pip could not install.*cargo==1\.0.*Check the network"):
        Environment(checkout).ensure()


def _lock(checkout: Path, sha256: str) -> None:
    (checkout / "requirements.lock").write_text(f"cargo==1.0 \\\n    --hash=sha256:{sha256}\n")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """The least that pip installs."""
    file = tmp_path / "wheels" / "cargo-1.0-py3-none-any.whl"
    file.parent.mkdir()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cargo.py", "")
        archive.writestr("cargo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: cargo\nVersion: 1.0\n")
        archive.writestr("cargo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("cargo-1.0.dist-info/RECORD", "")
    return file


def test_a_broken_environment_is_made_anew(checkout: Path) -> None:
    environment = Environment(checkout)
    environment.ensure()
    shutil.rmtree(checkout / ".venv" / "lib")
    (checkout / "requirements.lock").write_text("# nothing still\n")
    environment.ensure()
    subprocess.run([environment.python, "-m", "pip", "--version"], capture_output=True, check=True)


def test_a_full_disk_is_named(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(free=5 * 1024**2))
    with pytest.raises(EnvironmentBroken, match="5 MB of free disk space; the environment needs 2048 MB"):
        Environment(checkout).ensure()


def test_a_missing_ensurepip_is_named_with_the_cure(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EnvironmentBroken, match=r"(?s)ensurepip is missing.*apt install python3-venv"):
        Environment(checkout).ensure()


def test_this_process_is_not_in_another_checkouts_environment(checkout: Path) -> None:
    assert not Environment(checkout).is_entered()
    assert Environment(Path(sys.prefix).parent).is_entered()
