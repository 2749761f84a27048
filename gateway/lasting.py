"""Answers that last: they go on for as long as their caller would be let in again.

Whoever answers for long asks about the caller every few seconds, and at once when identity changes. An answer whose
caller is refused breaks off: what a new request would not be told is not told by an old one either.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias

import structlog
from aiohttp import web

from shared.concurrency.loops import cancel_all
from shared.errors import UnavailableError

ASK_SECONDS = 4.0
"""How long a caller is trusted: with the time that asking takes, less than five seconds."""

PAUSE_SECONDS = 0.25
"""Between two questions, however often identity changes."""

SILENCE_SECONDS = 30.0
"""How long the store may leave the question unanswered: a restart of it breaks no download."""

Ask: TypeAlias = Callable[[web.Request], Awaitable[object]]
"""Raises what the request would be refused with now."""


class Bell:
    """Rings when identity changes."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """What will be set when it rings next."""
        return self._next

    def ring(self) -> None:
        """Wake all who wait."""
        self._next.set()
        self._next = asyncio.Event()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How a request was let in."""

    ask: Ask
    ring: asyncio.Event
    """Set where identity has changed since."""


BELL = web.AppKey("BELL", Bell)
_ADMISSION = web.RequestKey("_ADMISSION", Admission)


def ask_again_by(request: web.Request, ask: Ask) -> None:
    """Say how it is asked whether the request is still let in; call it before that is asked for the first time."""
    request[_ADMISSION] = Admission(ask=ask, ring=request.app[BELL].next)


@asynccontextmanager
async def while_admitted(request: web.Request) -> AsyncIterator[None]:
    """End what is done within the context as soon as the request would be refused. Raises: that refusal.

    A request that nobody had to be let in for is never refused.
    """
    admission = request.get(_ADMISSION)
    if admission is None:
        yield
        return
    watching = asyncio.create_task(_watch(request, admission))
    try:
        async with asyncio.timeout(None) as scope, _ended_by(watching, scope):
            yield
    except TimeoutError:
        if not scope.expired():
            raise  # of the work itself
        _break_off(request)
        await watching
    finally:
        await cancel_all([watching])


@asynccontextmanager
async def watch_admission(request: web.Request) -> AsyncIterator[Callable[[], None]]:
    """Give what raises the refusal as soon as the request would be refused: for work that only ends between two steps.

    A request that nobody had to be let in for is never refused.
    """
    admission = request.get(_ADMISSION)
    if admission is None:
        yield lambda: None
        return
    watching = asyncio.create_task(_watch(request, admission))
    watching.add_done_callback(lambda task: task.cancelled() or task.exception())  # it may end after the last step

    def require_admission() -> None:
        if watching.done():
            watching.result()

    try:
        yield require_admission
    finally:
        await cancel_all([watching])


@asynccontextmanager
async def _ended_by(watching: asyncio.Task[None], scope: asyncio.Timeout) -> AsyncIterator[None]:
    """End the scope when the watching ends, and only as long as the context lasts."""
    is_open = True

    def end(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None and is_open:
            scope.reschedule(asyncio.get_running_loop().time())

    watching.add_done_callback(end)
    try:
        yield
    finally:
        is_open = False


async def _watch(request: web.Request, admission: Admission) -> None:
    """Ask until the answer is no. Raises: the refusal; UnavailableError after a long silence."""
    ring, answered = admission.ring, time.monotonic()
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(ASK_SECONDS):
                await ring.wait()
        ring = request.app[BELL].next  # before the question: a change that comes with it is asked about again
        try:
            await admission.ask(request)
        except UnavailableError:
            if time.monotonic() - answered > SILENCE_SECONDS:
                raise
        else:
            answered = time.monotonic()
        await asyncio.sleep(PAUSE_SECONDS)


def _break_off(request: web.Request) -> None:
    """Take back what the connection has not sent yet, where the answer has begun."""
    route = request.match_info.route.name
    structlog.get_logger(__name__).info("answer ended with the rights of its caller", route=route)
    if request.writer.output_size > 0 and request.transport is not None:
        request.transport.abort()
