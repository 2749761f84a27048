"""How long an attempt is in each of its phases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from shared.jobs.record import JobKind, Phase

TellPhase: TypeAlias = Callable[[JobKind, Phase, float], None]
"""Takes the kind of job, a phase that is over, and the seconds that it took."""


def tell_nobody(_kind: JobKind, _phase: Phase, _seconds: float) -> None:
    """Tell nobody."""


class PhaseTimes:
    """Tells of each phase of one attempt once it is over."""

    def __init__(self, kind: JobKind, phase: Phase, tell: TellPhase, clock: Callable[[], float]) -> None:
        self._kind = kind
        self._phase = phase
        self._tell = tell
        self._clock = clock
        self._since = clock()

    def enter(self, phase: Phase) -> None:
        """Note the phase that the attempt is in now."""
        if phase is not self._phase:
            self.end()
            self._phase = phase

    def end(self) -> None:
        """Note that the phase is over."""
        now = self._clock()
        self._tell(self._kind, self._phase, now - self._since)
        self._since = now
