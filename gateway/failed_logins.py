"""The limit on bad credentials from one address."""

from __future__ import annotations

from collections import OrderedDict, deque

WINDOW_SECONDS = 60.0
MAX_ADDRESSES = 10_000
"""Addresses remembered at once: the one silent for longest is forgotten first."""


class FailedLogins:
    """Counts failures in a sliding window.

    Good credentials always pass, so that one wrong client cannot lock out the others behind its address: with keys of
    184 bits the limit protects the store and the log, not the keys.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_seconds(self, address: str, now: float) -> float:
        """Return how long this address must wait before it may fail again; 0 = it may. Times are monotonic seconds."""
        failures = self._recent(address, now)
        return failures[0] + WINDOW_SECONDS - now if len(failures) >= self._limit else 0.0

    def note(self, address: str, now: float) -> None:
        """Count a failure."""
        failures = self._failures.setdefault(address, deque(maxlen=self._limit))
        failures.append(now)
        self._failures.move_to_end(address)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def _recent(self, address: str, now: float) -> deque[float]:
        failures = self._failures.get(address, deque())
        while failures and failures[0] <= now - WINDOW_SECONDS:
            failures.popleft()
        return failures
