"""What infra says to the person who started it."""

from __future__ import annotations

import sys
import time

_BEGAN = time.monotonic()


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def begin(step: str) -> None:
    """Tell of a step when it begins, with the seconds since the command did."""
    say(f"{time.monotonic() - _BEGAN:6.1f} s  {step} …")


def complain(text: str) -> None:
    """Print an error at once."""
    sys.stdout.flush()
    print(f"error: {text}", file=sys.stderr, flush=True)
