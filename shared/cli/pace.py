"""How fast a job goes and how long it will still take, from the counts of its last seconds, as the page measures it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.cli.following import Record
from shared.cli.job_words import count_elements

_WINDOW_SECONDS: Final = 15.0
_LEAST_SECONDS: Final = 0.5
"""Between two records that tell a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Elements a second, and seconds that are left; None as long as nobody can tell."""

    per_second: float | None
    seconds_left: float | None


@dataclass(slots=True)
class PaceKeeper:
    """Keeps the records of a job that one rate needs."""

    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, job: Record) -> Pace:
        """Take in a job as it is now; what began again is measured anew."""
        updated = job.get("updated")
        if job["status"] != "in_progress" or updated is None:
            return Pace(per_second=None, seconds_left=None)
        now = datetime.fromisoformat(updated).timestamp()
        done, total = count_elements(job)
        if self._samples and done < self._samples[-1][1]:
            self._samples.clear()
        if not self._samples or now > self._samples[-1][0]:
            self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW_SECONDS:
            self._samples.popleft()
        rate = self._measure(now, done)
        left = (total - done) / rate if total is not None and rate else None
        return Pace(per_second=_round(rate), seconds_left=_round(left))

    def _measure(self, now: float, done: int) -> float | None:
        then, had = self._samples[0]
        return (done - had) / (now - then) if now - then >= _LEAST_SECONDS else None


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, 1)
