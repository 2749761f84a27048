"""Tries folders out: whether an archive could be written there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from shared.adapters.folders.opening import NEW, link_open_file, opened_file, opened_folder
from shared.adapters.folders.proofs import part_name
from shared.ports.archives import FolderFacts


def try_folders(root: Path) -> Iterator[FolderFacts]:
    """Try the root out, then the folder of each tenant; where there is no root yet, what it would be made in."""
    place = next(each for each in (root, *root.absolute().parents) if os.path.lexists(each))
    fault = _find_fault(place)
    yield FolderFacts(path=root, fault=fault, is_elsewhere=False)
    if fault is None and place == root:
        volume = root.stat().st_dev
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and not folder.name.startswith("."):
                is_elsewhere = folder.stat().st_dev != volume
                yield FolderFacts(path=folder, fault=_find_fault(folder), is_elsewhere=is_elsewhere)


def _find_fault(folder: Path) -> str | None:
    try:
        _write_and_link(folder)
    except OSError as error:
        return f"no archive can be written to {folder}: {error.strerror or error}"
    return None


def _write_and_link(folder: Path) -> None:
    """Write a hidden file, give it a second name as a finished archive gets its own, and remove both."""
    own, second = (part_name(f"check-{secrets.token_hex(8)}") for _ in range(2))
    with opened_folder(folder) as place:
        try:
            with opened_file(own, NEW, place) as file:
                os.write(file, b"graphferry")
                link_open_file(file, own, second, place)
        finally:
            for name in (second, own):
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=place)
