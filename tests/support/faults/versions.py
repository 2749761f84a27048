"""Versions of the project as trees that processes run from."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]

LAST_RELEASE = "7f60389"
"""The commit of the version before this one, with which it must run side by side."""


class NoHistoryError(Exception):
    """The tree of a commit is not to be had here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What processes run."""

    name: str
    tree: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """Those that only this version knows, by name without the prefix."""


def take_tree(commit: str, folder: Path) -> Path:
    """Write the files of a commit into a new folder. Raises: NoHistoryError."""
    packed = folder.with_suffix(".tar")
    command = ["git", "-C", str(CHECKOUT), "archive", "--output", str(packed), commit]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoHistoryError(f"git cannot be run: {error}") from error
    if ended.returncode != 0:
        raise NoHistoryError(f"git does not have commit {commit} here: {ended.stderr.strip()}")
    with tarfile.open(packed) as files:
        files.extractall(folder, filter="data")
    packed.unlink()
    return folder
