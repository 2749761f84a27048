"""Volumes and files with little room."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_MOUNT: Final = (
    'mkdir -p "$1" && mount -t tmpfs -o "size=$2" none "$1" && shift 2 && exec setpriv --pdeathsig TERM "$@"'
)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse this process every byte of a file beyond so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def on_small_volume(folder: Path, size: int) -> Sequence[str]:
    """Give what stands before a program for which a folder is a volume of so many bytes, for it alone.

    It is in memory, and gone with the program, which ends with its parent. No rights are needed where the system lets
    users have namespaces.
    """
    return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, "sh", str(folder), str(size))


def can_have_volumes(folder: Path) -> bool:
    """Whether the system lets us; the folder may be any."""
    try:
        return (
            subprocess.run([*on_small_volume(folder, 4096), "true"], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False
