"""Rounds of a background loop, without its pauses."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.concurrency.loops import Loop, repeat_forever


class _EnoughError(Exception):
    """Ends a loop from outside."""


@dataclass(slots=True, kw_only=True)
class Rounds:
    """What a loop did."""

    pauses: list[float] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    logged: list[MutableMapping[str, Any]] = field(default_factory=list)


async def do_rounds(loop: Loop, number: int) -> Rounds:
    """Let the loop do so many rounds; a pause takes no time."""
    rounds = Rounds()
    last = number if loop.at_once else number + 1

    async def pause(seconds: float) -> None:
        rounds.pauses.append(seconds)
        if len(rounds.pauses) == last:
            raise _EnoughError

    with structlog.testing.capture_logs() as rounds.logged, suppress(_EnoughError):
        await repeat_forever(loop, count=rounds.counted.append, sleep=pause, clock=lambda: 0.0)
    return rounds
