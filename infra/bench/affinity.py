"""Ties running processes to some of the machine's processors."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PASSES = 2
"""A thread that an untied one starts during the first pass is met by the second."""


def list_processors() -> Sequence[int]:
    """Return the processors that we may use; none where the system does not tie processes."""
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else ()


@contextmanager
def tied(pids: Collection[int], processors: Collection[int]) -> Iterator[None]:
    """Tie processes to processors, and let them use all of ours afterwards."""
    everything = list_processors()
    try:
        _tie(pids, processors)
        yield
    finally:
        _tie(pids, everything)


def _tie(pids: Collection[int], processors: Collection[int]) -> None:
    """Tie every thread: those that they start from now on inherit it."""
    for _ in range(_PASSES):
        for pid in pids:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                with suppress(ProcessLookupError):  # it ended meanwhile
                    os.sched_setaffinity(int(thread.name), processors)
