"""Turns itself into the program given as its arguments, tied to the life of the parent.

The kernel sends the program a SIGTERM when the parent dies, so that a killed parent leaves nothing behind. Run as a
script by its path: the standard library is all it may use. Elsewhere than on Linux the program is started untied.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Expect the parent's process id, then the program with its arguments."""
    parent = int(sys.argv[1])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the signal was armed
        sys.exit(1)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
