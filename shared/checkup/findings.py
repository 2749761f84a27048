"""What is found out about a part, and how long an engine may take to say it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from shared.errors import GraphferryError, UnavailableError

ANSWER_SECONDS: Final = 10.0
"""How long an engine may take to answer: it may have to wake first."""

_Answer = TypeVar("_Answer")


class State(StrEnum):
    """What becomes of a part."""

    OK = "ok"
    WARNING = "warning"
    """It works; somebody should know all the same."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out about a part."""

    part: str
    state: State
    message: str

    @classmethod
    def ok(cls, part: str, message: str) -> Finding:
        """It works."""
        return cls(part=part, state=State.OK, message=message)

    @classmethod
    def warning(cls, part: str, message: str) -> Finding:
        """It works; somebody should know all the same."""
        return cls(part=part, state=State.WARNING, message=message)

    @classmethod
    def failed(cls, part: str, message: str) -> Finding:
        """It does not work."""
        return cls(part=part, state=State.FAILED, message=message)


async def ask(question: Awaitable[_Answer], *, seconds: float) -> _Answer:
    """Wait for an engine's answer. Raises: UnavailableError, also where there is none in time."""
    try:
        async with asyncio.timeout(seconds):
            return await question
    except TimeoutError as error:
        raise UnavailableError(f"no answer within {seconds:.0f} seconds") from error


def fail(part: str, error: GraphferryError) -> Finding:
    """Tell an error in one line."""
    return Finding(part=part, state=State.FAILED, message=" ".join(error.message.split()))
