"""Versions of the project as folders that processes run from: trees, or what a wheel installs."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.engines.cache import make_once

CHECKOUT = Path(__file__).parents[3]

LAST_RELEASE = "7f60389"
"""The commit of the version before this one, with which it must run side by side."""


class NoHistoryError(Exception):
    """The tree of a commit is not to be had here."""


class NoWheelError(Exception):
    """The wheel of a commit cannot be built here; the message says why."""


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


def install_wheel(commit: str) -> Path:
    """Give the folder that the wheel of a commit was installed into, as users install it, without what it depends on.

    The first time on this machine it is built, as its own settings say: about a minute. Raises: NoHistoryError,
    NoWheelError.
    """
    return make_once(f"graphferry-{commit}-{sys.implementation.cache_tag}", lambda part: _install(commit, part))


def _install(commit: str, part: Path) -> Path:
    part.mkdir(parents=True)
    tree, wheels, installed = take_tree(commit, part / "tree"), part / "wheels", part / "installed"
    _run_pip("wheel", "--no-deps", "--wheel-dir", str(wheels), str(tree))
    (wheel,) = wheels.iterdir()
    _run_pip("install", "--no-deps", "--target", str(installed), str(wheel))
    return installed


def _run_pip(*words: str) -> None:
    command: Sequence[str] = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise NoWheelError((ended.stdout + ended.stderr)[-2000:])
