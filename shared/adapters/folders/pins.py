"""Pins: an empty hidden file beside an archive says that it stays until somebody unpins it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from shared.adapters.folders.opening import NEW, open_file
from shared.archive_names import is_archive_name
from shared.spelling import fold

_PREFIX: Final = "."
_SUFFIX: Final = ".pin"


def pin_name(name: str) -> str:
    """Return the name of an archive's pin: the same for all spellings of its name."""
    return f"{_PREFIX}{fold(name)}{_SUFFIX}"


def is_pin_name(name: str) -> bool:
    """Return whether a file of this name is a pin."""
    is_like_one = name.startswith(_PREFIX) and name.endswith(_SUFFIX)
    return is_like_one and is_archive_name(name[len(_PREFIX) : -len(_SUFFIX)])


def is_pinned(folder: int, name: str) -> bool:
    """Return whether an archive of an open folder has a pin; a folder of that name is none."""
    with suppress(FileNotFoundError):
        return stat.S_ISREG(os.stat(pin_name(name), dir_fd=folder, follow_symlinks=False).st_mode)
    return False


def find_left_pins(folder: int, names: Iterable[str]) -> frozenset[str]:
    """Find the pins among names of an open folder whose archives are gone."""
    pins = frozenset(filter(is_pin_name, names))
    # Looked at after the pins, and only if there are any: an archive comes before its pin.
    return pins - set(map(pin_name, os.listdir(folder))) if pins else pins


def put_pin(folder: int, name: str) -> None:
    """Pin an archive. Raises: OSError."""
    with suppress(FileExistsError):
        os.close(open_file(pin_name(name), NEW, folder))


def drop_pin(folder: int, name: str) -> None:
    """Take an archive's pin away, if it has one. Raises: OSError."""
    if is_pinned(folder, name):
        os.unlink(pin_name(name), dir_fd=folder)
