"""Lists jobs for people and for programs, once or again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich.live import Live

from shared.cli.choosing import ChosenApplication, ChosenDatabase, ChosenUser
from shared.cli.client.gateway import Query
from shared.cli.following import Record
from shared.cli.job_ids import find_me, read_jobs
from shared.cli.job_words import list_words, tell_progress, tell_seconds, tell_work
from shared.cli.options import Flag, Words, one_of
from shared.cli.screen.display import Display
from shared.cli.shell import Session
from shared.jobs.record import JobKind, Status

_COLUMNS: Final = {
    "ID": "id",
    "STATUS": "status",
    "WHAT": "what",
    "BY": "created_by",
    "CREATED": "created",
    "TOOK": "took",
}
_WIDE: Final = {
    **_COLUMNS,
    "DATABASE": "database",
    "PROGRESS": "how_far",
    "STARTED": "started",
    "ENDED": "ended",
    "ATTEMPT": "attempt",
    "FAILURE": "failure.code",
}
_LOOK_SECONDS: Final = 2.0


class Form(StrEnum):
    """How a listing is printed."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    ID = "id"
    """Ids alone, for other commands."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs are meant."""

    status: Annotated[Words, one_of(Status)] = ()
    """Only those of these statuses."""
    kind: Annotated[Words, one_of(JobKind)] = ()
    """Only those of these kinds."""
    created_by: ChosenUser = None
    """Only those of this user."""
    mine: Flag = False
    """Only one's own."""
    database: ChosenDatabase = None
    """Only those in this database."""
    application: ChosenApplication = None
    """Only those about this application."""
    match: str | None = None
    """Only those whose applications, archive, databases or user have this in their names, in whatever letter case."""
    after: datetime | None = None
    """Only those created since."""
    before: datetime | None = None
    """Only those created until then."""

    def to_query(self, zone: tzinfo | None) -> Query:
        """Return what the gateway is asked for; times without a zone are of this one."""
        return {
            "status": self.status,
            "kind": self.kind,
            "created_by": self.created_by,
            "database": self.database,
            "application": self.application,
            "created_after": _format(self.after, zone),
            "created_before": _format(self.before, zone),
        }

    def to_page(self) -> Mapping[str, str | None]:
        """Return what the page's own list is asked for."""
        return {
            "status": ",".join(self.status),
            "kind": ",".join(self.kind),
            "in": self.database,
            "application": self.application,
            "created_by": self.created_by,
        }


EVERYTHING: Final = Filter()


def _format(time: datetime | None, zone: tzinfo | None) -> str | None:
    if time is None:
        return None
    return (time if time.tzinfo is not None or zone is None else time.replace(tzinfo=zone)).astimezone().isoformat()


async def name_owner(session: Session, where: Filter) -> Filter:
    """Return the filter with the caller's own name where one's own jobs are meant."""
    return replace(where, created_by=await find_me(session)) if where.mine else where


async def find_matching(session: Session, where: Filter, limit: int | None) -> AsyncIterator[Record]:
    """Give the jobs that fit, the newest first; parts of names are looked for here, over all that the gateway lists."""
    query, wanted = where.to_query(session.display.zone), (where.match or "").casefold()
    found = 0
    async for job in read_jobs(session, query, None if wanted else limit):
        if wanted and not any(wanted in word.casefold() for word in list_words(job)):
            continue
        yield job
        found += 1
        if found == limit:
            return


async def show_jobs(session: Session, where: Filter, limit: int, form: Form) -> None:
    """List jobs once."""
    _print(session.display, [job async for job in find_matching(session, where, limit)], form)


async def watch_jobs(session: Session, where: Filter, limit: int, form: Form) -> None:
    """List jobs until Ctrl-C: at a terminal in place of what was there, elsewhere each again when it has changed."""
    display = session.display
    if form in {Form.TABLE, Form.WIDE} and display.output.isatty() and not display.as_json:
        await _redraw(session, where, limit, form)
        return
    seen: dict[str, Record] | None = None
    while True:
        jobs = [job async for job in find_matching(session, where, limit)]
        news = [job for job in reversed(jobs) if (seen or {}).get(job["id"]) != job]
        if news or seen is None:
            _print(display, news, form, has_header=seen is None)
        seen = {job["id"]: job for job in jobs}
        await asyncio.sleep(_LOOK_SECONDS)


async def _redraw(session: Session, where: Filter, limit: int, form: Form) -> None:
    display = session.display
    with Live(console=display.console(display.output), auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            jobs = [job async for job in find_matching(session, where, limit)]
            live.update(display.tabulate(_make_rows(jobs), _columns(form)), refresh=True)
            await asyncio.sleep(_LOOK_SECONDS)


def _print(display: Display, jobs: Sequence[Record], form: Form, *, has_header: bool = True) -> None:
    match form:
        case Form.ID if not display.as_json:
            for job in jobs:
                display.conclude(job["id"])
        case _ if display.as_json:
            display.show_all(jobs, {})
        case _:
            display.show_all(_make_rows(jobs), _columns(form), has_header=has_header)


def _columns(form: Form) -> Mapping[str, str]:
    return _WIDE if form is Form.WIDE else _COLUMNS


def _make_rows(jobs: Sequence[Record]) -> Sequence[Mapping[str, Any]]:
    now = datetime.now(UTC)
    return [
        {**job, "what": tell_work(job), "took": tell_seconds(job, now), "how_far": tell_progress(job)} for job in jobs
    ]
