"""Keeps claims alive while handlers work."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TypeAlias, TypeVar

import structlog

from handlers.attempts.phases import PhaseTimes, TellPhase, tell_nobody
from handlers.attempts.spans import AttemptSpans
from shared.concurrency.interruptions import DeadlineReached, Interruption, JobCancelled, LeaseLost, ShutdownRequested
from shared.errors import StoreForbidsError, StoreUnavailableError, UnavailableError
from shared.jobs.events import Event
from shared.jobs.record import Phase, Progress
from shared.ports.jobs import Claim, JobStore, Order, make_nonce
from shared.ports.tracing import Tracer
from shared.settings.process import Settings

RETRY_SECONDS = 0.3
"""What the store did not answer is asked again soon: the lease is running out."""

DEADLINE_LAG_SECONDS = 0.01
"""Renewing this long after the deadline, by our clock, finds it passed by the store's."""

Clock: TypeAlias = Callable[[], float]

Answer = TypeVar("Answer")


class Lease:
    """One claim, kept: what the store last ordered, what the handler last reported."""

    def __init__(
        self,
        jobs: JobStore,
        claim: Claim,
        settings: Settings,
        *,
        claimed_at: float,
        clock: Clock,
        tell_phase: TellPhase = tell_nobody,
        tracer: Tracer,
    ) -> None:
        self.claim = claim
        self.phases = PhaseTimes(claim.job.kind, claim.job.progress.phase, tell_phase, clock)
        self.spans = AttemptSpans(claim, tracer)
        self.spans.enter(claim.job.progress.phase)
        self._progress = claim.job.progress
        self.is_final = not claim.job.cancellable
        self.is_undoing = False
        self._jobs = jobs
        self._settings = settings
        self._clock = clock
        self._order = Order.GO_ON
        self._shutdown = False
        self._news = asyncio.Event()
        self._wake = asyncio.Event()
        # All by our own clock, from before the claim was sent: so our lease ends before the store's does.
        self._valid_until = claimed_at + settings.lease_seconds
        self._deadline_at = claimed_at + _seconds_left(claim) + DEADLINE_LAG_SECONDS

    @property
    def progress(self) -> Progress:
        """What the handler reported last."""
        return self._progress

    @progress.setter
    def progress(self, progress: Progress) -> None:
        self._progress = progress
        self.phases.enter(progress.phase)
        self.spans.enter(progress.phase)

    def interruption(self) -> Interruption | None:
        """What the handler has to stop for now: nothing but a lost lease once it is past its point of no return."""
        if self.is_lost:
            return LeaseLost()
        if self.is_final:
            return None
        if self._shutdown:
            return ShutdownRequested()
        if self.is_undoing or self._order is Order.GO_ON:
            return None
        return JobCancelled() if self._order is Order.CANCEL else DeadlineReached()

    def stop_reason(self) -> Interruption | None:
        """What the handler must have stopped for before long, asked or not."""
        return self.interruption() or (ShutdownRequested() if self._shutdown else None)

    async def wait_for_stop_reason(self) -> Interruption:
        """Wait until the handler must stop."""
        while (reason := self.stop_reason()) is None:
            self._news.clear()
            await self._news.wait()
        return reason

    @property
    def is_lost(self) -> bool:
        """Whether another worker owns the attempt, or may."""
        return self._order is Order.LOST or self._clock() >= self._valid_until

    @property
    def overtime(self) -> float:
        """Seconds since the job's deadline; negative before it."""
        return self._clock() - self._deadline_at

    def begin_undo(self) -> None:
        """Take no further order to stop the work: it has stopped. From now on it is taken back."""
        self.is_undoing = True
        self.progress = replace(self.progress, phase=Phase.UNDOING)

    def request_shutdown(self) -> None:
        """Tell the handler that its worker is stopping."""
        self._shutdown = True
        self._news.set()

    def renew_soon(self) -> None:
        """Ask the store for orders now."""
        self._wake.set()

    def take(self, order: Order) -> None:
        """Obey what the store answered; what it once ordered stays ordered."""
        if order is not Order.GO_ON:
            self._order = order
            self._news.set()

    async def insist(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask the store, again as long as it is out of reach: either it is back in time, or the lease is lost.

        Raises: LeaseLost; StoreForbidsError, which does not pass; what else `ask` raises but StoreUnavailableError.
        """
        is_told = False
        while not self.is_lost:
            try:
                return await ask()
            except StoreForbidsError:
                raise
            except StoreUnavailableError as error:
                if not is_told:
                    log = structlog.get_logger(__name__)
                    log.warning("the job store is asked again", job=self.claim.job.id, reason=error.message)
                is_told = True
                await asyncio.sleep(RETRY_SECONDS)
        raise LeaseLost

    async def keep(self) -> None:
        """Renew until the lease is lost."""
        pause = self._settings.renew_seconds
        try:
            while not self.is_lost:
                await self._pause(pause)
                pause = self._settings.renew_seconds if await self._renew() else RETRY_SECONDS
        finally:
            self.take(Order.LOST)

    async def _renew(self) -> bool:
        asked = self._clock()
        try:
            async with asyncio.timeout(self._valid_until - asked):
                order = await self._jobs.renew(self.claim, self.progress)
        except (UnavailableError, TimeoutError):
            return False
        self._valid_until = asked + self._settings.lease_seconds
        self.take(order)
        return True

    async def _pause(self, seconds: float) -> None:
        now = self._clock()
        if now < self._deadline_at:
            seconds = min(seconds, self._deadline_at - now)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, self._valid_until - now)):
                await self._wake.wait()
        self._wake.clear()


def _seconds_left(claim: Claim) -> float:
    # Both by the store's clock: the record was last changed by the claim.
    deadline = claim.job.deadline
    return float("inf") if deadline is None else (deadline - claim.job.updated).total_seconds()


class Leases:
    """The leases that one worker holds."""

    def __init__(
        self,
        jobs: JobStore,
        settings: Settings,
        clock: Clock = time.monotonic,
        *,
        tell_phase: TellPhase = tell_nobody,
        tracer: Tracer,
    ) -> None:
        self._jobs = jobs
        self._tell_phase = tell_phase
        self._tracer = tracer
        self._settings = settings
        self._clock = clock
        self._held: dict[str, Lease] = {}
        self._shutdown = False

    @asynccontextmanager
    async def hold(self, event: Event) -> AsyncIterator[Lease | None]:
        """Claim the attempt that the event names and keep it for the time of the context; None: not ours.

        Raises: StoreUnavailableError.
        """
        claimed_at = self._clock()
        claim = await self._jobs.claim(event, make_nonce(name_worker()))
        if claim is None:
            yield None
            return
        lease = Lease(
            self._jobs,
            claim,
            self._settings,
            claimed_at=claimed_at,
            clock=self._clock,
            tell_phase=self._tell_phase,
            tracer=self._tracer,
        )
        if self._shutdown:
            lease.request_shutdown()
        async with self._keep(lease):
            yield lease

    @asynccontextmanager
    async def _keep(self, lease: Lease) -> AsyncIterator[None]:
        job_id = lease.claim.job.id
        self._held[job_id] = lease
        renewals = asyncio.create_task(lease.keep())
        try:
            yield
        finally:
            lease.phases.end()
            lease.spans.end()
            renewals.cancel()
            await asyncio.wait({renewals})
            if self._held.get(job_id) is lease:
                del self._held[job_id]

    def request_shutdown(self) -> None:
        """Tell all handlers, also those still to come, that the worker is stopping."""
        self._shutdown = True
        for lease in self._held.values():
            lease.request_shutdown()

    async def follow_hints(self) -> None:
        """Let a cancel take milliseconds instead of a renewal's period. Raises: StoreUnavailableError."""
        async with self._jobs.watch_cancels() as hints:
            async for job_id in hints:
                if lease := self._held.get(job_id):
                    lease.renew_soon()


def name_worker() -> str:
    """Return the name of this process among the workers: its machine and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"
