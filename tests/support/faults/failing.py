"""Ends processes at named places."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import orjson

from shared.failpoints import ARMED, PASSED, SWITCH

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class FailpointFolder:
    """The folder that tells a stack's processes where to end."""

    path: Path

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True)

    @property
    def environ(self) -> dict[str, str]:
        """What a stack must be started with."""
        return {SWITCH: str(self.path)}

    def arm(self, place: str, *, passed: int = 1) -> None:
        """End the process that passes this place so many times from now on, but only one."""
        content = orjson.dumps({"place": place, "pass": passed, "token": uuid4().hex})
        draft = self.path / "draft"
        draft.write_bytes(content)
        draft.replace(self.path / ARMED)

    @property
    def is_armed(self) -> bool:
        return (self.path / ARMED).exists()

    def wait_until_struck(self) -> None:
        """Wait until a process has ended there."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.is_armed:
            assert time.monotonic() < end, f"nobody came by {(self.path / ARMED).read_text()}"
            time.sleep(0.01)

    def disarm(self) -> None:
        (self.path / ARMED).unlink(missing_ok=True)

    def begin_log(self) -> None:
        """Note from now on what is passed."""
        (self.path / PASSED).write_text("")

    def end_log(self, pid: int) -> list[tuple[str, int]]:
        """Give the places that this process passed since, in order, each with how often it had been passed by then."""
        lines = (self.path / PASSED).read_text().splitlines()
        (self.path / PASSED).unlink()
        passed: defaultdict[str, int] = defaultdict(int)
        places = []
        for process, place in (line.split() for line in lines):
            if int(process) == pid:
                passed[place] += 1
                places.append((place, passed[place]))
        return places
