"""How often a worker looks for events: the fewer there are, the more often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

POLL_SECONDS: Final = 0.02
"""Of a worker that is alone. Half of it is what an event waits on average; a look at an empty queue costs a fifth of a
millisecond here, and a twentieth in the store."""

LONGEST_POLL_SECONDS: Final = 0.25
"""Where all others are busy, an event waits for the one that is free."""


@dataclass(slots=True)
class Pace:
    """Together all workers look as often as one would, so that the store has no more to do for many that idle."""

    workers: int = 1

    @property
    def seconds(self) -> float:
        """How long to wait from one look to the next."""
        return min(POLL_SECONDS * max(self.workers, 1), LONGEST_POLL_SECONDS)
