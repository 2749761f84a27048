"""Names that a shell completes: what the gateway has of them now, asked for in a moment or not at all."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias

from cyclopts import Parameter
from cyclopts.completion import CompletionContext

from shared.cli.access import find_access
from shared.cli.client.gateway import Gateway, Query, open_gateway
from shared.cli.errors import CommandError
from shared.cli.job_words import tell_work
from shared.cli.options import Names, Options
from shared.cli.profiles import Profiles
from shared.cli.screen.text import printable
from shared.jobs.record import TERMINAL_STATUSES, Status

_SECONDS: Final = 2.0
"""How long whoever presses Tab waits at the most."""
_JOBS: Final = 50
"""How many of the newest jobs are offered."""

_Candidate: TypeAlias = tuple[str, str]
"""A name, and what is said of it."""
_Ask: TypeAlias = Callable[[Gateway, CompletionContext], Awaitable[Iterable[_Candidate]]]


def _completed_by(ask: _Ask) -> Parameter:
    """Let a shell complete a parameter by what a question to the gateway brings; whatever fails brings nothing."""

    def complete(context: CompletionContext) -> Sequence[_Candidate]:
        try:
            return asyncio.run(_ask(ask, context))
        except (CommandError, TimeoutError, OSError):
            return []

    return Parameter(completer=complete)


async def _ask(ask: _Ask, context: CompletionContext) -> Sequence[_Candidate]:
    """Ask the gateway that typed words, environment and profiles mean. Raises: CommandError, TimeoutError."""
    url, tenant, profile = (_typed(context, f"--{name}") for name in ("url", "tenant", "profile"))
    access = find_access(Options(url=url, tenant=tenant, profile=profile), os.environ, Profiles.of(os.environ))
    async with asyncio.timeout(_SECONDS), open_gateway(access) as gateway:
        found = dict(await ask(gateway, context))
    return [(name, printable(told)) for name, told in found.items() if printable(name) == name]


def _typed(context: CompletionContext, name: str) -> str | None:
    """Return what the words so far say of another parameter."""
    value = context.get(name)
    return None if value is None else value.raw


async def _list_databases(gateway: Gateway, _: CompletionContext) -> Iterable[_Candidate]:
    return [(each["name"], "") for each in (await gateway.ask("GET", "databases"))["databases"]]


async def _list_server_databases(gateway: Gateway, _: CompletionContext) -> Iterable[_Candidate]:
    return [(each["name"], "") for each in (await gateway.ask("GET", "server", "databases"))["databases"]]


async def _list_applications(gateway: Gateway, context: CompletionContext) -> Iterable[_Candidate]:
    """List those of the database that is named, else of all."""
    named = [_typed(context, name) for name in ("--database", "database", "from_database")]
    place = next(filter(None, named), None)
    databases = [place] if place else [name for name, _ in await _list_databases(gateway, context)]
    answers = await asyncio.gather(*(gateway.ask("GET", "databases", each, "applications") for each in databases))
    places: dict[str, list[str]] = {}
    for database, answer in zip(databases, answers, strict=True):
        for each in answer["applications"]:
            places.setdefault(each["name"], []).append(f"{each['version']} in {database}")
    return [(name, ", ".join(where)) for name, where in places.items()]


async def _list_archives(gateway: Gateway, _: CompletionContext) -> Iterable[_Candidate]:
    return [(each["name"], each["modified"] or "") for each in (await gateway.ask("GET", "archives"))["archives"]]


async def _list_users(gateway: Gateway, _: CompletionContext) -> Iterable[_Candidate]:
    return [(each["user"], each["name"] or "") for each in (await gateway.ask("GET", "users"))["users"]]


async def _list_tenants(gateway: Gateway, _: CompletionContext) -> Iterable[_Candidate]:
    return [(each["name"], "") for each in (await gateway.ask("GET", "tenants"))["tenants"]]


async def _list_schedules(gateway: Gateway, _: CompletionContext) -> Iterable[_Candidate]:
    return [(each["id"], each["name"]) for each in (await gateway.ask("GET", "schedules"))["schedules"]]


def _list_jobs(statuses: Iterable[Status] = ()) -> _Ask:
    query: Query = {"limit": _JOBS, "status": [str(each) for each in statuses]}

    async def ask(gateway: Gateway, _: CompletionContext) -> Iterable[_Candidate]:
        jobs: Sequence[Mapping[str, Any]] = (await gateway.ask("GET", "jobs", query=query))["jobs"]
        return [(job["id"], f"{job['status']}  {tell_work(job)}") for job in jobs]

    return ask


_DATABASE: Final = _completed_by(_list_databases)
_APPLICATION: Final = _completed_by(_list_applications)
_ARCHIVE: Final = _completed_by(_list_archives)
_USER: Final = _completed_by(_list_users)
_JOB: Final = _completed_by(_list_jobs())
_UNFINISHED: Final = _completed_by(_list_jobs((Status.CREATED, Status.IN_PROGRESS)))
_RETRIABLE: Final = _completed_by(_list_jobs(sorted(TERMINAL_STATUSES - {Status.CLOSED})))

Database = Annotated[str, _DATABASE]
ChosenDatabase = Annotated[str | None, _DATABASE]
ServerDatabases = Annotated[Names, _completed_by(_list_server_databases)]
Application = Annotated[str, _APPLICATION]
ChosenApplication = Annotated[str | None, _APPLICATION]
ChosenApplications = Annotated[Names, _APPLICATION]
Archive = Annotated[str, _ARCHIVE]
NamedUser = Annotated[str, _USER]
ChosenUser = Annotated[str | None, _USER]
Tenant = Annotated[str, _completed_by(_list_tenants)]
Schedule = Annotated[str, _completed_by(_list_schedules)]
Job = Annotated[str, _JOB]
ChosenJob = Annotated[str | None, _JOB]
ChosenJobs = Annotated[Names, _JOB]
UnfinishedJob = Annotated[str, _UNFINISHED]
RetriableJob = Annotated[str | None, _RETRIABLE]
