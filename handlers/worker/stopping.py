"""How a worker is told to stop: first to take nothing more, then to hand off what still runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from dataclasses import dataclass, field

from shared.concurrency.loops import cancel_all
from shared.service_manager import tell_stopping

HAND_OFF_SECONDS = 15
"""What a process may need after its drain: see Drain and scale in docs/operations.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What a process was told, by signals or otherwise."""

    drain_seconds: float = 0
    """How long jobs under way may go on; 0: they are handed off at once."""
    is_kept: bool = False
    """Whether a pool keeps this process. The pool hears a second SIGTERM for it: a service manager may send the first
    to both, and the pool passes it on."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Take nothing more."""
    at_once: asyncio.Event = field(default_factory=asyncio.Event)
    """Hand off what still runs."""

    def follow_signals(self) -> None:
        """Let SIGTERM ask, and SIGINT hurry."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.ask)
        loop.add_signal_handler(signal.SIGINT, self.hurry)

    def ask(self) -> None:
        """Stop once the jobs under way have ended, or their time is over; asked again, at once."""
        if not self.drain_seconds or (self.asked.is_set() and not self.is_kept):
            self.at_once.set()
        self._begin()

    def hurry(self) -> None:
        """Stop at once."""
        self.at_once.set()
        self._begin()

    def _begin(self) -> None:
        if not self.is_kept and not self.asked.is_set():
            tell_stopping(seconds=self.drain_seconds + HAND_OFF_SECONDS)
        self.asked.set()


async def wait_for_any(*waits: Coroutine[object, object, object], seconds: float | None = None) -> None:
    """Wait until one of them is over, or the time is; cancel the others."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel_all(tasks)
