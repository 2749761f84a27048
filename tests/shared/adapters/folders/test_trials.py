"""A folder is tried out as an archive would be written, and nothing is left."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from shared.adapters.folders.archives import ArchiveDirectory

SHARED_MEMORY = Path("/dev/shm")
"""On most machines a volume of its own."""


async def try_out(root: Path) -> dict[str, bool]:
    """Whether archives can be written, by folder."""
    return {Path(each.path).name: each.fault is None for each in await ArchiveDirectory(root).try_folders()}


def content(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def is_elsewhere(one: Path, other: Path) -> bool:
    return one.is_dir() and one.stat().st_dev != other.stat().st_dev


async def test_each_tenants_folder_is_tried_and_nothing_is_left(tmp_path: Path) -> None:
    for name in ("acme", "globex", ".uploads"):
        (tmp_path / name).mkdir()
    (tmp_path / "a file").touch()
    assert await try_out(tmp_path) == {tmp_path.name: True, "acme": True, "globex": True}
    assert content(tmp_path) == [".uploads", "a file", "acme", "globex"]


async def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    assert await try_out(tmp_path / "data" / "archives") == {"archives": True}
    assert content(tmp_path) == []


async def test_what_is_no_folder_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    for root in (tmp_path / "data", tmp_path / "data" / "archives"):
        (facts,) = await ArchiveDirectory(root).try_folders()
        assert facts.fault == f"no archive can be written to {tmp_path / 'data'}: Not a directory"


async def test_a_volume_without_second_names_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    (facts,) = await ArchiveDirectory(tmp_path).try_folders()
    assert facts.fault is not None
    assert "Operation not permitted" in facts.fault
    assert content(tmp_path) == []


async def test_a_folder_on_another_volume_is_told(tmp_path: Path) -> None:
    if not is_elsewhere(SHARED_MEMORY, tmp_path):
        pytest.skip("there is one volume alone")
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as elsewhere:
        (tmp_path / "acme").symlink_to(elsewhere)
        root, acme = await ArchiveDirectory(tmp_path).try_folders()
    assert (root.is_elsewhere, acme.is_elsewhere, acme.fault) == (False, True, None)
