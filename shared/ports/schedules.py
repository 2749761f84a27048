"""The port of schedules: what is to be submitted when, and who submits it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from shared.schedules.record import MadeArchive, Run, Schedule, StoredSchedule

CLAIM_SECONDS = 60.0
"""How long whoever claims a time has for its submission before another process takes over."""

PUT_OFF_SECONDS = 300.0
"""Until a schedule that this version or this machine cannot run is looked at again."""

NOTHING: Final[Mapping[str, int]] = MappingProxyType({})

Change: TypeAlias = Callable[[Schedule, datetime | None], tuple[Schedule, datetime | None]]
"""Given a schedule and when it comes next, what is to be kept instead of them; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSchedule:
    """A schedule whose time has come, and nobody has claimed."""

    schedule: Schedule
    due: datetime
    """The first time that has come."""
    text: str
    """As the schedule is kept: a claim counts for this alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaim:
    """The right to submit the job for a time, until it runs out."""

    schedule: Schedule
    due: datetime
    token: str
    by: str | None = None
    """Who asked for it; None: its time had come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What there is to do."""

    now: datetime
    """By the store's clock."""
    due: Sequence[DueSchedule]
    """Those whose time has come first, first."""
    taken_over: Sequence[RunClaim]
    """Times whose claim ran out: they are the caller's now."""
    waiting: int
    """Schedules whose time has come, and times whose claim ran out: all, also those that are not in this look."""
    oldest: datetime | None
    """The first of these times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run whose job was not seen to have ended."""

    tenant: str
    schedule_id: str
    run: Run


class ScheduleStore(Protocol):
    """Keeps schedules and runs. Every change is atomic, and timed by the store's own clock.

    All raise StoreUnavailableError.
    """

    async def create(self, schedule: Schedule, *, next_run: datetime | None, most: int) -> None:
        """Keep a schedule. Raises: ConflictError where its tenant has so many already."""
        ...

    async def list_schedules(self, tenant: str) -> Sequence[StoredSchedule]:
        """List a tenant's schedules by name; what a later version wrote and is not known here is left out."""
        ...

    async def get(self, tenant: str, schedule_id: str) -> StoredSchedule:
        """Raises: UnknownScheduleError."""
        ...

    async def change(self, tenant: str, schedule_id: str, change: Change) -> StoredSchedule:
        """Change a schedule; where another change comes between, `change` is asked again.

        Raises: UnknownScheduleError, what `change` raises.
        """
        ...

    async def remove(self, tenant: str, schedule_id: str, check: Callable[[Schedule], None]) -> None:
        """Forget a schedule with its runs; jobs stay. Raises: UnknownScheduleError, what `check` raises."""
        ...

    async def remove_all(self, tenant: str) -> None:
        """Forget all schedules of a tenant."""
        ...

    async def look(self, *, most: int, of_tenant: int | None = None, busy: Mapping[str, int] = NOTHING) -> Look:
        """Return what there is to do, and take over what others have left: so many at most.

        `of_tenant`: how many of one tenant, with the `busy` ones that it has already; None: any number.
        """
        ...

    async def claim(
        self, due: DueSchedule, *, run: datetime | None, missed: Run | None, next_run: datetime | None
    ) -> tuple[bool, RunClaim | None]:
        """Claim a time to submit its job, tell what was missed, and set the next time: all or nothing.

        False: another was first, or the schedule has changed since. There is no claim where there is nothing to run.
        """
        ...

    async def begin(self, schedule: Schedule, *, by: str) -> RunClaim:
        """Claim a run that somebody asks for, now. Raises: UnknownScheduleError."""
        ...

    async def settle(self, claim: RunClaim, run: Run) -> bool:
        """Note what became of a claimed time; False where the claim was taken over, or the schedule is gone."""
        ...

    async def list_runs(self, tenant: str, schedule_id: str) -> Sequence[Run]:
        """List what became of the last RUNS_KEPT times, newest first."""
        ...

    async def list_open(self) -> Sequence[OpenRun]:
        """List the runs whose jobs were not seen to have ended."""
        ...

    async def end(self, run: OpenRun, ended: Run, made: MadeArchive | None) -> bool:
        """Note how a run's job ended, and the archive that it made; False where another has noted it."""
        ...

    async def list_made(self, tenant: str, schedule_id: str) -> Sequence[MadeArchive]:
        """List the archives that a schedule has made, as far as nobody has told that they are gone."""
        ...

    async def forget_made(self, tenant: str, schedule_id: str, names: Collection[str]) -> None:
        """Forget archives that are gone."""
        ...
