"""Schedules are made, shown, changed, run and deleted by commands."""

from __future__ import annotations

from pathlib import Path

from tests.shared.cli.conftest import Desk

EXPORT = '{"database": "source", "applications": [{"name": "MyApp"}]}'


async def test_a_schedule_lives_by_commands(desk: Desk, tmp_path: Path) -> None:
    admin = desk.as_("admin")
    made = await admin("schedules", "create", "nightly", "@daily", "--export", EXPORT, "--keep-daily", "7")
    assert made.code == 0, made.messages
    schedule = made.output.strip()
    (listed,) = (await admin("schedules", "list", "--json")).lines
    assert (listed["id"], listed["cron"], listed["retention"]["keep_daily"]) == (schedule, "@daily", 7)
    off = await admin("schedules", "change", schedule, "--no-enabled", "--time-zone", "Europe/Berlin", "--json")
    (changed,) = off.lines
    assert (changed["enabled"], changed["time_zone"], changed["next_run"]) == (False, "Europe/Berlin", None)
    (shown,) = (await admin("schedules", "show", schedule, "--json")).lines
    assert shown == changed
    job = (await admin("schedules", "run", schedule)).output.strip()
    (run,) = (await admin("schedules", "runs", schedule, "--json")).lines
    assert (run["job_id"], run["by"]) == (job, "admin")
    request = tmp_path / "export.json"
    request.write_text(EXPORT)
    other = await admin("schedules", "create", "other", "0 3 * * *", "--export", f"@{request}")
    assert other.code == 0, other.messages
    assert (await admin("schedules", "delete", schedule, "--yes")).code == 0
    assert [each["id"] for each in (await admin("schedules", "list", "--json")).lines] == [other.output.strip()]


async def test_the_next_times_are_told(desk: Desk) -> None:
    told = await desk.as_("user")("schedules", "times", "@daily", "--json")
    assert [each["time"][10:] for each in told.lines] == ["T00:00:00.000Z"] * 5


async def test_what_cannot_be_is_refused(desk: Desk) -> None:
    admin = desk.as_("admin")
    odd = await admin("schedules", "create", "odd", "@daily", "--export", "{")
    assert (odd.code, "--export is not JSON" in odd.messages) == (2, True)
    assert (await admin("schedules", "create", "odd", "@reboot", "--export", EXPORT)).code == 2
    assert (await desk.as_("user")("schedules", "create", "n", "@daily", "--export", EXPORT)).code == 4
