"""Folders are tried out."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from shared.checkup.findings import State
from shared.checkup.folders import check_data_folders, check_folders, check_room
from shared.ports.archives import FolderFacts
from tests.shared.checkup.states import states
from tests.support.memory.archives import MemoryArchives


def test_what_is_kept_besides_archives(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = check_data_folders(tmp_path / "data", tmp_path / "file" / "logs")
    assert [each.state for each in found] == [State.OK, State.FAILED]
    assert str(tmp_path / "file") in found[1].message


async def test_folders(tmp_path: Path) -> None:
    archives = MemoryArchives(tmp_path)
    archives.folders = [
        FolderFacts(path=Path("/a"), fault=None, is_elsewhere=False),
        FolderFacts(path=Path("/a/acme"), fault=None, is_elsewhere=True),
        FolderFacts(path=Path("/a/globex"), fault="read-only", is_elsewhere=False),
    ]
    found = await check_folders(archives)
    assert states(found) == {
        "folder /a": State.OK,
        "folder /a/acme": State.WARNING,
        "folder /a/globex": State.FAILED,
    }
    assert found[2].message == "read-only"


@pytest.mark.parametrize(("free", "state"), [(50, State.OK), (9, State.WARNING)])
def test_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=100e9, free=free * 1e9))
    found = check_room(tmp_path / "to come")
    assert found.state is state
    assert f"{free}.0 of 100.0 GB" in found.message
