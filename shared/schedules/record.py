"""What is kept of a schedule, and of what became of its times."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from shared.identity import Record
from shared.schedules.cron import Timetable, read_timetable

RUNS_KEPT: Final = 50
"""Of each schedule, the last so many."""

CATCH_UP_SECONDS: Final = 3600
"""How late a time may still be run, unless its schedule says otherwise."""


class Work(StrEnum):
    """What a schedule has done."""

    EXPORT = "export"
    COPY = "copy"


class Overlap(StrEnum):
    """What becomes of a time that comes while the job of the last one has not ended."""

    SKIP = "skip"
    QUEUE = "queue"


class RunOutcome(StrEnum):
    """What became of a time."""

    SUBMITTED = "submitted"
    """There is a job; what became of it, its record tells."""
    FAILED = "failed"
    """Nobody accepted the job."""
    SKIPPED = "skipped"
    """The job of the last time had not ended."""
    MISSED = "missed"
    """Nobody was there to run it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Which archives of a schedule are kept; a field that is 0 keeps none, and where all are, nothing is removed."""

    keep_last: int = 0
    keep_daily: int = 0
    """The last one of each of so many days that have some, by the schedule's time zone."""
    keep_weekly: int = 0
    keep_monthly: int = 0

    @property
    def removes(self) -> bool:
        """Whether it asks for anything."""
        return any((self.keep_last, self.keep_daily, self.keep_weekly, self.keep_monthly))


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose rights a schedule's jobs have."""

    user: str
    home: str | None
    """The tenant that keeps the user, empty for one of the installation; None: an outside issuer does."""
    roles: tuple[str, ...] = ()
    """As they were then: all that is ever known of an issuer's user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """What is to be done when."""

    id: str
    tenant: str
    name: str
    cron: str
    time_zone: str
    work: Work
    body: Mapping[str, Any] = field(default_factory=dict)
    """As the request for such a job carries it."""
    enabled: bool = True
    owner: Owner
    retention: Retention = Retention()
    catch_up_seconds: int = CATCH_UP_SECONDS
    overlap: Overlap = Overlap.SKIP
    created: datetime
    changed: datetime

    @property
    def timetable(self) -> Timetable:
        """Its moments. Raises: InvalidRequestError where this machine knows the time zone no more."""
        return read_timetable(self.cron, self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of one time of a schedule, or of several that were missed together."""

    due: datetime
    """Of several, the last."""
    outcome: RunOutcome
    job_id: str | None = None
    code: str | None = None
    """Of the error, where there is no job."""
    reason: str | None = None
    by: str | None = None
    """Who asked for it; None: its time had come."""
    number: int = 1
    """How many times were missed."""
    first: datetime | None = None
    """Of several, the first."""
    status: str | None = None
    """How the job ended, noted once it has."""
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeArchive:
    """An archive that a schedule's job has made."""

    name: str
    made: datetime
    """The time that it was made for."""
    arrived: datetime
    """As the archives tell: another file under its name came later."""
    bytes: int
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSchedule:
    """A schedule with where it stands."""

    schedule: Schedule
    next_run: datetime | None
    """None: it is off."""
    last_run: Run | None


def derive_job_id(schedule_id: str, due: datetime) -> str:
    """Return the id of the job for a time of a schedule: the same whoever asks, a UUIDv7 of that time."""
    milliseconds = round(due.timestamp() * 1000)
    digest = hashlib.sha256(f"{schedule_id}/{milliseconds}".encode()).digest()
    bits = int.from_bytes(digest[:10])
    value = milliseconds << 80 | 0x7 << 76 | (bits >> 68 & 0xFFF) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    return str(uuid.UUID(int=value))
