"""Background loops: work that a process repeats for as long as it lives, whatever goes wrong in a round.

An error ends a round, never the loop: it is counted under the loop's name, logged, and the next round comes as usual.
Errors of ours are expected, so the log has what they say; of any other it has the traceback, once while it comes again
and again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import structlog

from shared.errors import GraphferryError

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
"""A store that is back must be noticed well within a lease."""

QUIET_SECONDS = 10.0
"""Work that went on for this long was well: the next fault is a new one."""

CANCEL_AGAIN_SECONDS = 0.1
"""How long a task that was cancelled may take to end before it is cancelled again."""

Pauses: TypeAlias = Callable[[float], float]
"""Given the seconds that a round took, the seconds until the next one."""

Count: TypeAlias = Callable[[str], None]
"""Counts an error of the loop of this name."""


def every(seconds: float, *, spread: float = 0.5) -> Pauses:
    """Make pauses of about so many seconds, each up to the part `spread` of them shorter or longer.

    The spread keeps processes that started together from going on together.
    """
    return lambda _: seconds * random.uniform(1 - spread, 1 + spread)  # noqa: S311 - no secret


def growing() -> Pauses:
    """Make pauses for work that should not end: they double up to a second, and are short again after QUIET_SECONDS."""
    following = FIRST_PAUSE_SECONDS

    def pause(took: float) -> float:
        nonlocal following
        now = FIRST_PAUSE_SECONDS if took > QUIET_SECONDS else following
        following = min(2 * now, LONGEST_PAUSE_SECONDS)
        return now * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

    return pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """What is repeated, and what the log says of its errors."""

    name: str
    """The loop's name in the log and among the figures."""
    work: Callable[[], Awaitable[object]]
    pauses: Pauses
    at_once: bool = False
    """Whether the first round comes before the first pause."""
    event: str = "loop interrupted"
    """The log's event for an error."""
    reason: str = "error"
    """The log's field for what an error says."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Further fields of the log."""
    expected: tuple[type[Exception], ...] = (GraphferryError,)
    """Errors that are logged without a traceback."""


def count_nowhere(loop: str) -> None:
    """Count for a process without figures, whose log alone has the number of errors."""
    del loop


async def repeat_forever(
    loop: Loop,
    *,
    count: Count = count_nowhere,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Repeat the loop's work until cancelled."""
    errors, last = 0, ""
    if not loop.at_once:
        await sleep(loop.pauses(0.0))
    while True:
        began = clock()
        try:
            await loop.work()
        except BaseException as error:
            if _must_pass(error):
                raise
            errors += 1
            count(loop.name)
            _log(loop, error, errors, is_new=repr(error) != last)
            last = repr(error)
        else:
            last = ""
        if _is_cancelled():
            raise asyncio.CancelledError  # which a library has taken for its own
        await sleep(loop.pauses(clock() - began))


def _must_pass(error: BaseException) -> bool:
    """Tell the end of the task or of the process from an error; errors of some libraries are no Exception."""
    if isinstance(error, asyncio.CancelledError):
        # Work raises the same when something that it waits for was cancelled, although nobody wants this task to end.
        return _is_cancelled()
    return isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _log(loop: Loop, error: BaseException, errors: int, *, is_new: bool) -> None:
    log: Any = structlog.get_logger(__name__)
    # A log that takes no more lines, on a full disk or after its stream was closed, must not end the loop.
    with suppress(OSError, ValueError):
        if isinstance(error, loop.expected):
            fields = {loop.reason: str(error), **loop.fields}
            log.warning(loop.event, loop=loop.name, errors=errors, **fields)
        else:
            fields = {loop.reason: repr(error), **loop.fields}
            log.error(loop.event, loop=loop.name, errors=errors, **fields, **({"exc_info": error} if is_new else {}))


async def keep_going(loop: Loop, *, count: Count = count_nowhere) -> None:
    """Repeat the loop until cancelled, and begin again should anything but that end it.

    Stopping the process instead would end its jobs and requests, which can do without the loop for a moment.
    """
    again = Loop(
        name=loop.name,
        work=partial(repeat_forever, loop, count=count),
        pauses=growing(),
        at_once=True,
        event="loop ended; starting it again",
        fields=loop.fields,
        expected=(),
    )
    await repeat_forever(again, count=count)


@asynccontextmanager
async def background(*loops: Loop, count: Count = count_nowhere) -> AsyncIterator[None]:
    """Keep the loops going for the time of the context."""
    tasks = [asyncio.create_task(keep_going(loop, count=count), name=loop.name) for loop in loops]
    try:
        yield
    finally:
        await cancel_all(tasks)


async def cancel_all(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel the tasks until all have ended."""
    pending = set(tasks)
    while pending:
        for each in pending:
            each.cancel()
        # A library may take a cancellation that comes together with an answer for its own time-out's, and lose it.
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
