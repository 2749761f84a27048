"""Tests of how rooms are started."""

from __future__ import annotations

from pathlib import Path

from infra.stack.rooms import room_starter
from shared.settings.process import Settings

TELL = "import os; print(os.environ['GRAPHFERRY_DATA_DIR'], os.environ.get('GRAPHFERRY_SCRATCH_DIR', 'none'))"


def start(name: str, settings: Settings, folder: Path) -> list[str]:
    """Start a room that tells its folders, of data and of scratch."""
    starter = room_starter(name, ["-c", TELL], settings=settings, environ={}, checkout=folder, metrics_port=0)
    process = starter()
    assert process.popen.wait(60) == 0
    return process.log.read_text().split()


def test_rooms_share_a_folder_unless_archives_are_in_a_bucket(tmp_path: Path) -> None:
    shared = Settings(data_dir=tmp_path)
    assert start("gateway", shared, tmp_path) == start("worker-1", shared, tmp_path) == [str(tmp_path), "none"]
    apart = Settings(data_dir=tmp_path, archives="s3://ferry/stack")
    folders = [*start("gateway", apart, tmp_path), *start("worker-1", apart, tmp_path)]
    assert len(set(folders)) == 4
    assert not {"none", str(tmp_path)} & set(folders)
