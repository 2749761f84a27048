"""Tests of the folder of one installation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.data_dir import hold_data_dir
from infra.engines.process import EngineError


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
