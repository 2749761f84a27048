"""The commands for schedules: exports and copies by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from cyclopts import App, Parameter

from shared.cli.choosing import Schedule
from shared.cli.errors import UsageError
from shared.cli.given import choose_given
from shared.cli.options import OPTIONS, Confirmed, Options, Web
from shared.cli.shell import Shell
from shared.cli.web_page import visit

_COLUMNS: Final = {
    "ID": "id",
    "NAME": "name",
    "CRON": "cron",
    "ZONE": "time_zone",
    "WORK": "work",
    "NEXT RUN": "next_run",
    "LAST": "last_run.outcome",
    "JOB ENDED": "last_run.status",
}
_FIELDS: Final = {
    "Id": "id",
    "Name": "name",
    "Cron": "cron",
    "Time zone": "time_zone",
    "Export": "export",
    "Copy": "copy",
    "Enabled": "enabled",
    "Owner": "owner",
    "Keep last": "retention.keep_last",
    "Keep daily": "retention.keep_daily",
    "Keep weekly": "retention.keep_weekly",
    "Keep monthly": "retention.keep_monthly",
    "Catch up (s)": "catch_up_seconds",
    "Overlap": "overlap",
    "Next run": "next_run",
    "Last run": "last_run.outcome",
    "Its job": "last_run.job_id",
    "Job ended": "last_run.status",
    "Reason": "last_run.reason",
}
_RUNS: Final = {
    "DUE": "due",
    "OUTCOME": "outcome",
    "JOB": "job_id",
    "JOB ENDED": "status",
    "CODE": "code",
    "REASON": "reason",
    "TIMES": "number",
    "BY": "by",
}
_RULES: Final = ("keep_last", "keep_daily", "keep_weekly", "keep_monthly")
_PLAIN: Final = ("time_zone", "catch_up_seconds", "overlap")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a schedule may be told to be."""

    export: str | None = None
    """What to export: JSON as `POST /api/v1/exports` takes it, or `@FILE` with it."""
    copy: str | None = None
    """What to copy: JSON as `POST /api/v1/copies` takes it, or `@FILE` with it."""
    time_zone: str | None = None
    """A name of IANA, such as Europe/Berlin; else UTC."""
    keep_last: int | None = None
    """How many of its archives to keep, the newest; with any of these rules, archives that none keeps are removed."""
    keep_daily: int | None = None
    """Of how many days to keep the last archive."""
    keep_weekly: int | None = None
    """Of how many weeks to keep the last archive."""
    keep_monthly: int | None = None
    """Of how many months to keep the last archive."""
    catch_up_seconds: int | None = None
    """How late a missed time may still be run; else 3600."""
    overlap: Literal["skip", "queue"] | None = None
    """What becomes of a time while the last job has not ended; else skip."""

    def to_body(self) -> dict[str, Any]:
        """Return the fields that are given. Raises: UsageError, OSError."""
        works = {name: _read_json(name, text) for name in ("export", "copy") if (text := getattr(self, name))}
        rules = choose_given({name: getattr(self, name) for name in _RULES})
        return {
            **works,
            **choose_given({name: getattr(self, name) for name in _PLAIN}),
            **({"retention": rules} if rules else {}),
        }


_NOTHING: Final = _Facts()


def _read_json(name: str, text: str) -> Any:
    content = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"--{name} is not JSON: {error}") from error


def create_schedules_app(shell: Shell) -> App:
    """Make the commands under `schedules`."""
    app = App(name="schedules", help="Schedules: exports and copies by the clock.")
    _add_views(app, shell)
    _add_changes(app, shell)
    return app


def _add_views(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(*, web: Web = False, options: Options = OPTIONS) -> None:
        """List the schedules, with their next times and what became of the last.

        Parameters
        ----------
        web
            Show the page's list: print its address, and at a terminal open it in the browser.
        """
        async with shell.connect(options) as session:
            if web:
                visit(shell, session, "schedules")
                return
            session.display.show_all((await session.gateway.ask("GET", "schedules"))["schedules"], _COLUMNS)

    @app.command
    async def show(schedule: Schedule, /, *, options: Options = OPTIONS) -> None:
        """Show a schedule.

        Parameters
        ----------
        schedule
            Its id.
        """
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("GET", "schedules", schedule), _FIELDS)

    @app.command
    async def runs(schedule: Schedule, /, *, options: Options = OPTIONS) -> None:
        """List what became of a schedule's last times, newest first.

        Parameters
        ----------
        schedule
            Its id.
        """
        async with shell.connect(options) as session:
            session.display.show_all((await session.gateway.ask("GET", "schedules", schedule, "runs"))["runs"], _RUNS)

    @app.command
    async def times(cron: str, /, *, time_zone: str = "UTC", options: Options = OPTIONS) -> None:
        """Tell the next five times of a line of cron.

        Parameters
        ----------
        cron
            Five fields in quotation marks, or a name such as `@daily`.
        time_zone
            A name of IANA, such as Europe/Berlin.
        """
        async with shell.connect(options) as session:
            query = {"cron": cron, "time_zone": time_zone}
            told = (await session.gateway.ask("GET", "schedule-times", query=query))["times"]
            session.display.show_all([{"time": each} for each in told], {"TIME": "time"})


def _add_changes(app: App, shell: Shell) -> None:
    @app.command
    async def create(name: str, cron: str, /, *, facts: _Facts = _NOTHING, options: Options = OPTIONS) -> None:
        """Have an export or a copy made by the clock; print the schedule's id.

        Parameters
        ----------
        name
            What people call it.
        cron
            Five fields in quotation marks, such as `30 2 * * mon-fri`, or a name such as `@daily`.
        """
        async with shell.connect(options) as session:
            body = {"name": name, "cron": cron, **facts.to_body()}
            schedule = await session.gateway.ask("POST", "schedules", body=body)
            session.display.give(schedule["id"], schedule)

    @app.command
    async def change(
        schedule: Schedule,
        /,
        *,
        name: str | None = None,
        cron: str | None = None,
        enabled: bool | None = None,
        owner: str | None = None,
        facts: _Facts = _NOTHING,
        options: Options = OPTIONS,
    ) -> None:
        """Change what is named, and nothing else; rules of retention are replaced as a whole.

        Parameters
        ----------
        schedule
            Its id.
        name
            What people call it.
        cron
            When it comes.
        enabled
            Whether it is on.
        owner
            Your own name: it runs with your rights from now on.
        """
        async with shell.connect(options) as session:
            body = {**choose_given({"name": name, "cron": cron, "enabled": enabled, "owner": owner}), **facts.to_body()}
            session.display.show(await session.gateway.ask("PATCH", "schedules", schedule, body=body), _FIELDS)

    @app.command
    async def run(schedule: Schedule, /, *, options: Options = OPTIONS) -> None:
        """Run a schedule now, with the rights of its owner; print the job's id.

        Parameters
        ----------
        schedule
            Its id.
        """
        async with shell.connect(options) as session:
            run = await session.gateway.ask("POST", "schedules", schedule, "run")
            session.display.give(run["job_id"], run)

    @app.command
    async def delete(schedule: Schedule, /, *, yes: Confirmed = False, options: Options = OPTIONS) -> None:
        """Delete a schedule; its jobs and archives stay.

        Parameters
        ----------
        schedule
            Its id.
        yes
            Do not ask.
        """
        shell.require_yes(f"Delete schedule {schedule}?", is_confirmed=yes)
        async with shell.connect(options) as session:
            await session.gateway.delete("schedules", schedule)
            session.display.give(schedule, {"deleted": schedule})
