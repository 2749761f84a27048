"""Places where a fault test ends this very process: around every commit, script and rename.

Nothing happens there unless the environment names a folder, which fault tests alone do. A file in it says at which
place, and how often that must be passed; whoever ends there takes the file away first, so that only one process dies.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SWITCH = "FERRY_FAILPOINTS"
"""The variable. It has not the prefix of settings, because it is none."""

ARMED = "armed.json"
PASSED = "passed.txt"
"""Where there is such a file, each place that is passed is appended to it."""


class Failpoints:
    """The places of one process."""

    def __init__(self, folder: Path) -> None:
        self._armed = folder / ARMED
        self._log = folder / PASSED
        self._passed: Counter[tuple[str, str]] = Counter()

    def reach(self, place: str) -> None:
        """End the process here if that is asked for."""
        self._note(place)
        try:
            asked = json.loads(self._armed.read_text())
        except FileNotFoundError:
            return
        if asked["place"] != place:
            return
        self._passed[asked["token"], place] += 1
        if self._passed[asked["token"], place] >= asked["pass"] and self._take():
            os.kill(os.getpid(), signal.SIGKILL)

    def _take(self) -> bool:
        try:
            self._armed.unlink()
        except FileNotFoundError:
            return False
        return True

    def _note(self, place: str) -> None:
        if self._log.exists():
            with self._log.open("a") as log:
                log.write(f"{os.getpid()} {place}\n")


def _make_reach(folder: str | None) -> Callable[[str], None]:
    return (lambda _: None) if folder is None else Failpoints(Path(folder)).reach


reach = _make_reach(os.environ.get(SWITCH))
"""Call it at a place. It stands for the whole process, since no test may miss a place for want of an argument."""


@contextmanager
def around(step: str) -> Iterator[None]:
    """Have a place before a step, and one after it where the step succeeds."""
    reach(f"{step}.before")
    yield
    reach(f"{step}.after")
