"""Schedules in dictionaries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.errors import ConflictError, UnknownScheduleError
from shared.ports.schedules import CLAIM_SECONDS, NOTHING, Change, DueSchedule, Look, OpenRun, RunClaim
from shared.schedules.record import RUNS_KEPT, MadeArchive, Run, RunOutcome, Schedule, StoredSchedule

Key = tuple[str, str]


def key_of(schedule: Schedule) -> Key:
    return schedule.tenant, schedule.id


@dataclass(slots=True)
class Claimed:
    token: str
    by: str | None
    until: datetime


@dataclass(slots=True)
class Room:
    left: int
    share: int
    has: Counter[str]

    def take(self, tenant: str) -> bool:
        if self.left <= 0 or self.has[tenant] >= self.share:
            return False
        self.left -= 1
        self.has[tenant] += 1
        return True


@dataclass(slots=True)
class MemorySchedules:
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    claim_seconds: float = CLAIM_SECONDS
    schedules: dict[Key, Schedule] = field(default_factory=dict)
    due: dict[Key, datetime] = field(default_factory=dict)
    claims: dict[tuple[Key, datetime], Claimed] = field(default_factory=dict)
    runs: defaultdict[Key, dict[datetime, Run]] = field(default_factory=lambda: defaultdict(dict))
    open: dict[tuple[Key, datetime], str] = field(default_factory=dict)
    made: defaultdict[Key, dict[str, MadeArchive]] = field(default_factory=lambda: defaultdict(dict))

    def _now(self) -> datetime:
        now = self.clock()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def create(self, schedule: Schedule, *, next_run: datetime | None, most: int) -> None:
        if sum(tenant == schedule.tenant for tenant, _ in self.schedules) >= most:
            raise ConflictError(f"Tenant {schedule.tenant!r} has {most} schedules, as many as it may have.")
        self._put(schedule, next_run)

    def _put(self, schedule: Schedule, next_run: datetime | None) -> None:
        self.schedules[key_of(schedule)] = schedule
        self._set_due(key_of(schedule), next_run)

    def _set_due(self, key: Key, due: datetime | None) -> None:
        self.due.pop(key, None)
        if due is not None:
            self.due[key] = due

    async def list_schedules(self, tenant: str) -> Sequence[StoredSchedule]:
        found = [self._show(key) for key in self.schedules if key[0] == tenant]
        return sorted(found, key=lambda each: (each.schedule.name, each.schedule.id))

    async def get(self, tenant: str, schedule_id: str) -> StoredSchedule:
        return self._show((tenant, schedule_id))

    def _show(self, key: Key) -> StoredSchedule:
        if key not in self.schedules:
            raise UnknownScheduleError(key[1])
        runs = self.runs[key]
        last = runs[max(runs)] if runs else None
        return StoredSchedule(schedule=self.schedules[key], next_run=self.due.get(key), last_run=last)

    async def change(self, tenant: str, schedule_id: str, change: Change) -> StoredSchedule:
        stored = self._show((tenant, schedule_id))
        changed, next_run = change(stored.schedule, stored.next_run)
        self._put(changed, next_run)
        return self._show((tenant, schedule_id))

    async def remove(self, tenant: str, schedule_id: str, check: Callable[[Schedule], None]) -> None:
        check(self._show((tenant, schedule_id)).schedule)
        self._forget((tenant, schedule_id))

    async def remove_all(self, tenant: str) -> None:
        for key in [each for each in self.schedules if each[0] == tenant]:
            self._forget(key)

    def _forget(self, key: Key) -> None:
        for known in (self.schedules, self.due, self.runs, self.made):
            known.pop(key, None)
        for each in [each for each in self.claims if each[0] == key]:
            del self.claims[each]
        for each in [each for each in self.open if each[0] == key]:
            del self.open[each]

    async def look(self, *, most: int, of_tenant: int | None = None, busy: Mapping[str, int] = NOTHING) -> Look:
        now, token = self._now(), uuid4().hex
        come = sorted(((due, key) for key, due in self.due.items() if due <= now))
        over = [each for each, claim in self.claims.items() if claim.until <= now]
        times = [*(due for due, _ in come), *(due for _, due in over)]
        room = Room(most, most if of_tenant is None else of_tenant, Counter(busy))
        over = [each for each in over if room.take(each[0][0])]
        come = [each for each in come if room.take(each[1][0])]
        taken = []
        for key, due in over:
            claim = self.claims[key, due]
            claim.token, claim.until = token, now + timedelta(seconds=self.claim_seconds)
            taken.append(RunClaim(schedule=self.schedules[key], due=due, token=token, by=claim.by))
        return Look(
            now=now,
            due=[DueSchedule(schedule=self.schedules[key], due=due, text=self._text(key)) for due, key in come],
            taken_over=taken,
            waiting=len(times),
            oldest=min(times, default=None),
        )

    def _text(self, key: Key) -> str:
        return self.schedules[key].version

    async def claim(
        self, due: DueSchedule, *, run: datetime | None, missed: Run | None, next_run: datetime | None
    ) -> tuple[bool, RunClaim | None]:
        key = key_of(due.schedule)
        if key not in self.schedules or self.due.get(key) != due.due or self._text(key) != due.text:
            return False, None
        self._set_due(key, next_run)
        if missed is not None:
            self._tell(key, missed)
        return True, None if run is None else self._claim(due.schedule, run, None)

    async def begin(self, schedule: Schedule, *, by: str) -> RunClaim:
        if key_of(schedule) not in self.schedules:
            raise UnknownScheduleError(schedule.id)
        return self._claim(schedule, self._now(), by)

    def _claim(self, schedule: Schedule, due: datetime, by: str | None) -> RunClaim:
        token, until = uuid4().hex, self._now() + timedelta(seconds=self.claim_seconds)
        self.claims[key_of(schedule), due] = Claimed(token, by, until)
        return RunClaim(schedule=schedule, due=due, token=token, by=by)

    def _tell(self, key: Key, run: Run) -> None:
        runs = self.runs[key]
        runs[run.due] = run
        for due in sorted(runs)[:-RUNS_KEPT]:
            del runs[due]

    async def settle(self, claim: RunClaim, run: Run) -> bool:
        place = key_of(claim.schedule), claim.due
        if place not in self.claims or self.claims[place].token != claim.token:
            return False
        del self.claims[place]
        self._tell(place[0], run)
        if run.outcome is RunOutcome.SUBMITTED and run.job_id is not None:
            self.open[place] = run.job_id
        return True

    async def list_runs(self, tenant: str, schedule_id: str) -> Sequence[Run]:
        runs = self.runs[tenant, schedule_id]
        return [runs[due] for due in sorted(runs, reverse=True)]

    async def list_open(self) -> Sequence[OpenRun]:
        return [
            OpenRun(
                tenant=key[0],
                schedule_id=key[1],
                run=self.runs[key].get(due, Run(due=due, outcome=RunOutcome.SUBMITTED, job_id=job_id)),
            )
            for (key, due), job_id in self.open.items()
        ]

    async def end(self, run: OpenRun, ended: Run, made: MadeArchive | None) -> bool:
        key = run.tenant, run.schedule_id
        if self.open.pop((key, run.run.due), None) is None:
            return False
        if run.run.due in self.runs[key]:
            self.runs[key][run.run.due] = ended
        if made is not None:
            self.made[key][made.name] = made
        return True

    async def list_made(self, tenant: str, schedule_id: str) -> Sequence[MadeArchive]:
        return list(self.made[tenant, schedule_id].values())

    async def forget_made(self, tenant: str, schedule_id: str, names: Collection[str]) -> None:
        for each in names:
            self.made[tenant, schedule_id].pop(each, None)
