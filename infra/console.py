"""What infra says to the person who started it."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print an error at once."""
    sys.stdout.flush()
    print(f"error: {text}", file=sys.stderr, flush=True)
