"""Opens what lies in a folder that others may write into.

Every file is opened relative to its folder's own descriptor, without following a link and without waiting for a pipe,
and only a regular file is given out. What is open is named by its descriptor: a name may lead elsewhere a moment later.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
READ = os.O_RDONLY | _SAFE
READ_WRITE = os.O_RDWR | _SAFE
NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
"""A tenant's folder itself is the operator's, and may be a link to another volume."""
_MODE = 0o640
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)

NOT_A_FILE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO, errno.EACCES, errno.EPERM})
"""What opening says where there is no regular file of the name, or none that may be opened."""


def open_file(name: str, flags: int, folder: int) -> int:
    """Open a regular file of an open folder; the caller closes it. Raises: OSError."""
    descriptor = os.open(name, flags, _MODE, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ENXIO, "not a regular file", name)
    return descriptor


@contextmanager
def opened_file(name: str, flags: int, folder: int) -> Iterator[int]:
    """Open a regular file for the time of the context. Raises: OSError."""
    descriptor = open_file(name, flags, folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_folder(folder: Path) -> Iterator[int]:
    """Open a tenant's folder. Raises: FileNotFoundError."""
    descriptor = os.open(folder, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def link_open_file(descriptor: int, own: str, name: str, folder: int) -> None:
    """Give the very file that is open a further name in an open folder. Raises: FileExistsError, FileNotFoundError.

    Where the system has no path to an open file, the file that has its own name meanwhile gets it.
    """
    opened = path_of(descriptor, Path(own))
    # The system's path to an open file is a link, which is to be followed; another link under our name is not.
    os.link(opened, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=opened.is_absolute())


def find_hidden(root: Path, pattern: str) -> Iterator[Path]:
    """Find files in all folders below the root; a folder that cannot be read is passed over."""
    with suppress(FileNotFoundError):
        for folder in root.iterdir():
            with suppress(OSError):
                yield from list(folder.glob(pattern))


def time_of(seconds: float) -> datetime:
    """Return a file's time; what no calendar holds becomes the nearest that one does."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return _LAST if seconds > 0 else _FIRST


def read_clock(folder: Path) -> float:
    """Return the seconds that it is by the clock which gives files their times: the volume's, not this process's.

    Raises: OSError.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime


def path_of(descriptor: int, name: Path) -> Path:
    """Return a path to the very file that is open; where the system has none, the name it was opened under."""
    return Path(f"/proc/{os.getpid()}/fd/{descriptor}") if sys.platform == "linux" else name
