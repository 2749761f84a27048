"""Changes of jobs, read once for all who watch a tenant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from shared.concurrency.loops import Count, Loop, every, keep_going
from shared.jobs.record import Job
from shared.ports.jobs import EndedFilter, JobStore, Listing

POLL_SECONDS = 1.0
"""How old a change may be when it is told, and how often a job is told at most."""

_OVERLAP = timedelta(seconds=5)
"""How far back ends are looked for: by more than that no store's clock goes back when another takes its place."""


def place_of(job: Job) -> tuple[int, str]:
    """Return where a job's state stands among all changes: its moment in ms, then what tells states of it apart."""
    state = f"{job.id}-ended" if job.has_ended else job.id
    return moment_of(job.updated), state


def moment_of(time: datetime) -> int:
    """Return a time in milliseconds, as records keep it."""
    return round(time.timestamp() * 1000)


def choose_settled(listing: Listing) -> Sequence[Job]:
    """Choose the jobs of a listing that change no more within the moment of their last change, in its order."""
    jobs = sorted((*listing.unfinished, *listing.ended), key=place_of)
    return [job for job in jobs if moment_of(job.updated) < moment_of(listing.read)]


@dataclass(slots=True, kw_only=True, eq=False)
class Watcher:
    """Somebody who watches: of a job that changes faster than they read there is only the latest."""

    _latest: dict[str, Job] = field(default_factory=dict)
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    """Whether nothing more will come."""

    def tell(self, jobs: Sequence[Job]) -> None:
        """Keep what changed until it is taken."""
        self._latest |= {job.id: job for job in jobs}
        self._told.set()

    def end(self) -> None:
        """Say that nothing more will come."""
        self.is_over = True
        self._told.set()

    async def take(self, seconds: float) -> Sequence[Job]:
        """Return what changed since the last time, in order; nothing after so long, or at the end."""
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return ()
        self._told.clear()
        jobs, self._latest = sorted(self._latest.values(), key=place_of), {}
        return jobs


@dataclass(slots=True, kw_only=True)
class _Watched:
    """A tenant that somebody watches."""

    watchers: set[Watcher] = field(default_factory=set)
    seen: dict[str, datetime] | None = None
    """When each job was last changed, as of the last look; None before the first."""
    looked: datetime | None = None
    """When, by the store's clock."""
    looking: asyncio.Task[None] | None = None


class JobFeed:
    """Looks at each watched tenant's unfinished jobs, and those that ended of late, once a second for all who watch."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._tenants: dict[str, _Watched] = {}
        self._is_over = False

    @asynccontextmanager
    async def watch(self, jobs: JobStore, tenant: str) -> AsyncIterator[Watcher]:
        """Tell what changes from now on. Raises: StoreUnavailableError."""
        watcher = Watcher(is_over=self._is_over)
        watched = self._tenants.setdefault(tenant, _Watched())
        watched.watchers.add(watcher)
        try:
            # What the caller reads once this is open is never older than what changes are told against.
            if watched.seen is None:
                await self._look(jobs, tenant, watched)
            if watched.looking is None:
                loop = self._make_loop(jobs, tenant, watched)
                watched.looking = asyncio.create_task(keep_going(loop, count=self._count))
            yield watcher
        finally:
            watched.watchers.discard(watcher)
            if not watched.watchers:
                self._tenants.pop(tenant, None)
                if watched.looking is not None:
                    watched.looking.cancel()

    def end(self) -> None:
        """Let all go who watch."""
        self._is_over = True
        for watched in self._tenants.values():
            for watcher in watched.watchers:
                watcher.end()

    def _make_loop(self, jobs: JobStore, tenant: str, watched: _Watched) -> Loop:
        return Loop(
            name="job_feed",
            work=partial(self._look, jobs, tenant, watched),
            pauses=every(POLL_SECONDS, spread=0.0),  # a job is told no more often
            event="jobs could not be watched",
        )

    async def _look(self, jobs: JobStore, tenant: str, watched: _Watched) -> None:
        looked = watched.looked or await jobs.read_clock()
        listing = await jobs.read_listing(tenant, EndedFilter(since=looked - _OVERLAP))
        found = choose_settled(listing)
        seen, watched.looked = watched.seen, listing.read
        watched.seen = {job.id: job.updated for job in found}
        if seen is not None and (changed := [job for job in found if seen.get(job.id) != job.updated]):
            for watcher in watched.watchers:
                watcher.tell(changed)
