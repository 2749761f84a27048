"""Slows down repeated bad credentials from one address or for one name."""

from __future__ import annotations

from collections import OrderedDict, deque

WINDOW_SECONDS = 60.0
MAX_SUSPECTS = 10_000
"""Addresses and names remembered at once: the one silent for longest is forgotten first."""


class FailedLogins:
    """Counts failures in a sliding window.

    Good credentials always pass, so that one wrong client cannot lock out the others behind its address, nor the one
    whose name it uses: with keys of 184 bits the limit protects the store and the log, not the keys.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_seconds(self, suspect: str, now: float) -> float:
        """Return how long this one must wait before it may fail again; 0 = it may. Times are monotonic seconds."""
        failures = self._recent(suspect, now)
        return failures[0] + WINDOW_SECONDS - now if len(failures) >= self._limit else 0.0

    def note(self, suspect: str, now: float) -> None:
        """Count a failure."""
        failures = self._failures.setdefault(suspect, deque(maxlen=self._limit))
        failures.append(now)
        self._failures.move_to_end(suspect)
        if len(self._failures) > MAX_SUSPECTS:
            self._failures.popitem(last=False)

    def _recent(self, suspect: str, now: float) -> deque[float]:
        failures = self._failures.get(suspect, deque())
        while failures and failures[0] <= now - WINDOW_SECONDS:
            failures.popleft()
        return failures
