"""Schedules in Valkey: a hash for each tenant, the next times of all in one order, and who has claimed which.

Everything is changed on one server in one script, so that a time has one claim however many processes look.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from redis.asyncio import Redis

from shared.adapters.valkey.client import send, store_errors
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.moments import from_ms, to_ms
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.schedules.records import (
    format_made,
    format_run,
    format_schedule,
    parse_made,
    parse_run,
    parse_schedule,
)
from shared.adapters.valkey.scripts import Scripts
from shared.errors import ConflictError, UnknownScheduleError
from shared.ports.schedules import CLAIM_SECONDS, NOTHING, PUT_OFF_SECONDS, Change, DueSchedule, Look, OpenRun, RunClaim
from shared.schedules.record import MadeArchive, Run, RunOutcome, Schedule, StoredSchedule

_CLAIM_MS: Final = round(CLAIM_SECONDS * 1000)
_PUT_OFF_MS: Final = round(PUT_OFF_SECONDS * 1000)


class ValkeySchedules:
    """Implements the ScheduleStore port. The client must decode answers to text."""

    def __init__(
        self, client: Redis, *, namespace: Namespace, keepers: Keepers | None = None, claim_ms: int = _CLAIM_MS
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._claim_ms = claim_ms
        self._scripts = Scripts(client, namespace, keepers=keepers)

    async def create(self, schedule: Schedule, *, next_run: datetime | None, most: int) -> None:
        """Put it where nothing stands."""
        if await self._put(schedule, "", next_run, most=most) < 0:
            raise ConflictError(
                f"Tenant {schedule.tenant!r} has {most} schedules, as many as it may have; delete one, or raise "
                "GRAPHFERRY_MAX_SCHEDULES."
            )

    async def _put(
        self, schedule: Schedule, known: str, next_run: datetime | None, *, most: int = 0, due: datetime | None = None
    ) -> int:
        text = format_schedule(schedule, known or "{}")
        arguments = (schedule.tenant, schedule.id, text, known, to_ms(next_run), most, to_ms(due))
        return int(await self._scripts.call_for_good("put_schedule", *arguments))

    async def list_schedules(self, tenant: str) -> Sequence[StoredSchedule]:
        """Read the tenant's hash, then where each stands."""
        texts = await self._read_all(f"schedules:{tenant}")
        found = [each for each in map(parse_schedule, texts.values()) if each is not None]
        stored = await self._read_standings(found)
        return sorted(stored, key=lambda each: (each.schedule.name, each.schedule.id))

    async def get(self, tenant: str, schedule_id: str) -> StoredSchedule:
        """Read it from the tenant's hash."""
        schedule, _ = await self._read(tenant, schedule_id)
        (stored,) = await self._read_standings([schedule])
        return stored

    async def _read(self, tenant: str, schedule_id: str) -> tuple[Schedule, str]:
        """Return a schedule with its text. Raises: UnknownScheduleError."""
        with store_errors():
            text = await send(self._client, "HGET", self._namespace.key(f"schedules:{tenant}"), schedule_id)
        schedule = None if text is None else parse_schedule(text)
        if schedule is None:
            raise UnknownScheduleError(schedule_id)
        return schedule, text

    async def _read_standings(self, schedules: Sequence[Schedule]) -> Sequence[StoredSchedule]:
        if not schedules:
            return []
        due = self._namespace.key("schedules_due")
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                for each in schedules:
                    pipeline.execute_command("ZSCORE", due, _member(each))
                    pipeline.execute_command("HGETALL", self._namespace.key(f"schedule_runs:{_member(each)}"))
                answers = await pipeline.execute()
        return [
            StoredSchedule(
                schedule=schedule,
                next_run=None if score is None else from_ms(score),
                last_run=next(iter(_read_runs(runs)), None),
            )
            for schedule, score, runs in zip(schedules, answers[::2], answers[1::2], strict=True)
        ]

    async def change(self, tenant: str, schedule_id: str, change: Change) -> StoredSchedule:
        """Put it where the text and the time stand that were changed, and begin anew where others do."""
        while True:
            schedule, text = await self._read(tenant, schedule_id)
            (stored,) = await self._read_standings([schedule])
            changed, next_run = change(schedule, stored.next_run)
            if await self._put(changed, text, next_run, due=stored.next_run):
                return await self.get(tenant, schedule_id)

    async def remove(self, tenant: str, schedule_id: str, check: Callable[[Schedule], None]) -> None:
        """Remove the text that was checked, and begin anew where another stands there."""
        while True:
            schedule, text = await self._read(tenant, schedule_id)
            check(schedule)
            if await self._scripts.call_for_good("remove_schedule", tenant, schedule_id, text):
                return

    async def remove_all(self, tenant: str) -> None:
        """Remove each, whatever it is."""
        for schedule_id in await self._read_all(f"schedules:{tenant}"):
            await self._scripts.call_for_good("remove_schedule", tenant, schedule_id, "")

    async def look(self, *, most: int, of_tenant: int | None = None, busy: Mapping[str, int] = NOTHING) -> Look:
        """Run the script."""
        token = secrets.token_hex(16)
        share = most if of_tenant is None else of_tenant
        places = [each for place in busy.items() for each in place]
        told = await self._scripts.call("look_schedules", most, token, self._claim_ms, share, *places)
        now, come, taken, waiting, oldest = told
        due = [(text, at, parse_schedule(text)) for _, at, text in come]
        for (member, _, _), (text, at, schedule) in zip(come, due, strict=True):
            if schedule is None:
                await self._put_off(member, at, text, until=int(now) + _PUT_OFF_MS)
        claims = [(parse_schedule(text), at, by) for _, at, text, by in taken]
        return Look(
            now=from_ms(now),
            due=[DueSchedule(schedule=each, due=from_ms(at), text=text) for text, at, each in due if each is not None],
            taken_over=[
                RunClaim(schedule=each, due=from_ms(at), token=token, by=by or None)
                for each, at, by in claims
                if each is not None
            ],
            waiting=waiting,
            oldest=from_ms(oldest) if waiting else None,
        )

    async def _put_off(self, member: str, at: str, text: str, *, until: int) -> None:
        """Have what only a later version can run keep no other from being seen."""
        tenant, schedule_id = member.split("/", 1)
        await self._scripts.call("claim_run", tenant, schedule_id, text, at, until, "", "", 0, "", "", "")

    async def claim(
        self, due: DueSchedule, *, run: datetime | None, missed: Run | None, next_run: datetime | None
    ) -> tuple[bool, RunClaim | None]:
        """Run the script."""
        told = ("", "") if missed is None else (to_ms(missed.due), format_run(missed))
        return await self._claim(due.schedule, due.text, to_ms(due.due), to_ms(next_run), to_ms(run), None, *told)

    async def begin(self, schedule: Schedule, *, by: str) -> RunClaim:
        """Run the script for no time of the schedule's own."""
        _, claim = await self._claim(schedule, "", "", "", "", by, "", "")
        if claim is None:
            raise UnknownScheduleError(schedule.id)
        return claim

    async def _claim(
        self,
        schedule: Schedule,
        text: str,
        due: str | int,
        next_run: str | int,
        run: str | int,
        by: str | None,
        *missed: str | int,
    ) -> tuple[bool, RunClaim | None]:
        token = secrets.token_hex(16)
        arguments = (schedule.tenant, schedule.id, text, due, next_run, run, token, self._claim_ms, by or "", *missed)
        claimed = await self._scripts.call_for_good("claim_run", *arguments)
        claim = RunClaim(schedule=schedule, due=from_ms(claimed), token=token, by=by) if claimed else None
        return claimed is not None, claim

    async def settle(self, claim: RunClaim, run: Run) -> bool:
        """Run the script."""
        job_id = run.job_id if run.outcome is RunOutcome.SUBMITTED else None
        schedule = claim.schedule
        arguments = (schedule.tenant, schedule.id, to_ms(claim.due), claim.token, format_run(run), job_id or "")
        return bool(await self._scripts.call_for_good("settle_run", *arguments))

    async def list_runs(self, tenant: str, schedule_id: str) -> Sequence[Run]:
        """Read the hash of runs."""
        return _read_runs(await self._read_all(f"schedule_runs:{tenant}/{schedule_id}"))

    async def list_open(self) -> Sequence[OpenRun]:
        """Read the hash of open runs, then what is told of each."""
        places = [(*field.rsplit("/", 2), job_id) for field, job_id in (await self._read_all("schedules_open")).items()]
        told = [
            (tenant, schedule_id, _read_open(at, job_id, text))
            for (tenant, schedule_id, at, job_id), text in zip(places, await self._read_told(places), strict=True)
        ]
        return [
            OpenRun(tenant=tenant, schedule_id=schedule_id, run=run)
            for tenant, schedule_id, run in told
            if run is not None
        ]

    async def _read_told(self, places: Sequence[tuple[str, ...]]) -> Sequence[str | None]:
        if not places:
            return []
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                for tenant, schedule_id, at, _ in places:
                    runs = self._namespace.key(f"schedule_runs:{tenant}/{schedule_id}")
                    pipeline.execute_command("HGET", runs, at)
                found: Sequence[str | None] = await pipeline.execute()
        return found

    async def end(self, run: OpenRun, ended: Run, made: MadeArchive | None) -> bool:
        """Run the script."""
        told = ("", "") if made is None else (made.name, format_made(made))
        arguments = (run.tenant, run.schedule_id, to_ms(run.run.due), format_run(ended), *told)
        return bool(await self._scripts.call_for_good("end_run", *arguments))

    async def list_made(self, tenant: str, schedule_id: str) -> Sequence[MadeArchive]:
        """Read the hash of archives."""
        texts = await self._read_all(f"schedule_archives:{tenant}/{schedule_id}")
        return [each for each in map(parse_made, texts.values()) if each is not None]

    async def forget_made(self, tenant: str, schedule_id: str, names: Collection[str]) -> None:
        """Take them out of the hash of archives."""
        if names:
            with store_errors():
                key = self._namespace.key(f"schedule_archives:{tenant}/{schedule_id}")
                await send(self._client, "HDEL", key, *names)

    async def _read_all(self, name: str) -> Mapping[str, str]:
        with store_errors():
            found: Mapping[str, str] = await send(self._client, "HGETALL", self._namespace.key(name))
        return found


def _member(schedule: Schedule) -> str:
    return f"{schedule.tenant}/{schedule.id}"


def _read_runs(told: Mapping[str, str]) -> Sequence[Run]:
    """Read runs, newest first."""
    newest_first = sorted(told.items(), key=lambda each: int(each[0]), reverse=True)
    return [run for _, text in newest_first if (run := parse_run(text)) is not None]


def _read_open(at: str, job_id: str, text: str | None) -> Run | None:
    """Read a run; of one that is kept no more, its job is known; None for what only a later version can read."""
    if text is not None:
        return parse_run(text)
    return Run(due=from_ms(at), outcome=RunOutcome.SUBMITTED, job_id=job_id)
