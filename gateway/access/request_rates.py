"""The limit on one user's requests a minute."""

from __future__ import annotations

from collections import OrderedDict

MAX_USERS = 10_000
"""Users remembered at once: the one silent for longest is forgotten first, with a full measure."""

_BURST_SECONDS = 10.0
"""How long's worth of requests may come at once."""


class RequestRates:
    """A measure for each user that fills steadily, and from which each request takes one."""

    def __init__(self, per_minute: int) -> None:
        self._per_second = per_minute / 60
        self._most = max(self._per_second * _BURST_SECONDS, 1.0)
        self._measures: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, user: tuple[str, str], now: float) -> float:
        """Take one; return 0.0, or how many seconds to wait where nothing is left. Times are monotonic seconds."""
        left, since = self._measures.get(user, (self._most, now))
        left = min(left + (now - since) * self._per_second, self._most)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        self._measures[user] = (left if wait else left - 1, now)
        self._measures.move_to_end(user)
        if len(self._measures) > MAX_USERS:
            self._measures.popitem(last=False)
        return wait
