"""Checks the folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from shared.checkup.findings import Finding
from shared.ports.archives import ArchiveStore, FolderFacts

_LITTLE: Final = 0.1
"""A volume with less than this part of it free is nearly full."""


async def check_folders(archives: ArchiveStore) -> Sequence[Finding]:
    """Check whether archives can be written, in the folder of each tenant."""
    return [_judge_folder(each) for each in await archives.try_folders()]


def _judge_folder(folder: FolderFacts) -> Finding:
    part = f"folder {folder.path}"
    if folder.fault is not None:
        return Finding.failed(part, folder.fault)
    if folder.is_elsewhere:
        return Finding.warning(part, "on another volume than the folder of all archives")
    return Finding.ok(part, f"can be written; {folder.note}" if folder.note else "can be written")


def check_data_folders(*folders: Path) -> Sequence[Finding]:
    """Check whether what is kept besides archives, such as logs, can be written, or its folder be made."""
    return [_judge_data_folder(each) for each in folders]


def _judge_data_folder(folder: Path) -> Finding:
    part = f"folder {folder}"
    try:
        place = _find_place(folder)
    except OSError as error:
        return Finding.failed(part, f"cannot be looked for: {error.strerror}")
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding.ok(part, "can be written")
    return Finding.failed(part, f"no file can be made in {place}")


def check_room(folder: Path) -> Finding:
    """Tell how much of a folder's volume is free."""
    part = f"folder {folder}: room"
    try:
        volume = shutil.disk_usage(_find_place(folder))
    except OSError as error:
        return Finding.warning(part, f"its volume does not say how much is free: {error.strerror}")
    message = f"{volume.free / 1e9:.1f} of {volume.total / 1e9:.1f} GB are free"
    if volume.free < _LITTLE * volume.total:
        return Finding.warning(part, f"{message}: exports and uploads end when it is full")
    return Finding.ok(part, message)


def _find_place(folder: Path) -> Path:
    """Return the folder, or the one above it that is there."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())
