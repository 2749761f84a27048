"""Tests of the folder of one installation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.engines.process import EngineError
from infra.stack.data_dir import KEYRING, hold_data_dir, is_ours


def test_a_folder_in_use_is_refused_and_free_again_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with (
        hold_data_dir(folder),
        pytest.raises(EngineError, match=f"in use by process {os.getpid()}"),
        hold_data_dir(folder),
    ):
        pytest.fail("held twice")
    with hold_data_dir(folder):
        assert (folder / "stack.pid").read_text() == f"{os.getpid()}\n"


def test_only_new_folders_and_those_of_a_stack_are_ours(tmp_path: Path) -> None:
    with hold_data_dir(tmp_path):
        assert is_ours(tmp_path)
        (tmp_path / "thesis").mkdir()
        assert not is_ours(tmp_path)
        (tmp_path / KEYRING).touch()
        assert is_ours(tmp_path)
