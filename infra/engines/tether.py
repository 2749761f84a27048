"""Turns itself into the program given as its arguments, tied to the life of the parent.

The kernel sends the program a SIGTERM when the parent dies, so that a killed parent leaves nothing behind. Run as a
script by its path: the standard library is all it may use. Elsewhere than on Linux the program is started untied.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Expect the parent's process id, the path of a lock file (or nothing, quoted), then the program's words."""
    parent, lock, *program = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it died before the signal was armed
        sys.exit(1)
    if lock:
        hold(lock)
    os.execvp(program[0], program)


def hold(lock: str) -> None:
    """Take the lock for the life of the program, after an earlier program has let it go."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(handle, True)
    fcntl.flock(handle, fcntl.LOCK_EX)


if __name__ == "__main__":
    main()
