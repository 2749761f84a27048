"""Of the times that have come the latest is run, unless it is too old; the others are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.schedules.cron import read_timetable
from shared.schedules.planning import plan
from shared.schedules.record import derive_job_id
from tests.support.schedules import make_schedule

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "due", "late", "catch_up", "run", "missed"),
    [
        ("0 12 * * *", NOON, timedelta(seconds=1), 3600, NOON, None),
        ("0 12 * * *", NOON, timedelta(minutes=59), 3600, NOON, None),
        ("0 12 * * *", NOON, timedelta(minutes=61), 3600, None, 1),
        ("0 12 * * *", NOON, timedelta(seconds=59), 0, NOON, None),
        ("0 12 * * *", NOON, timedelta(seconds=61), 0, None, 1),
        ("0 12 * * *", NOON - timedelta(days=3), timedelta(minutes=5), 3600, NOON, 3),
        ("0 12 * * *", NOON - timedelta(days=3), timedelta(hours=5), 3600, None, 4),
        ("*/5 * * * *", NOON - timedelta(minutes=20), timedelta(0), 3600, NOON, 4),
        # More than are counted one by one: the latest is run all the same.
        ("*/5 * * * *", NOON - timedelta(days=30), timedelta(0), 3600, NOON, 1013),
    ],
)
def test_one_is_run_and_the_others_are_told(
    line: str, due: datetime, late: timedelta, catch_up: int, run: datetime | None, missed: int | None
) -> None:
    timetable, now = read_timetable(line, "UTC"), NOON + late
    found = plan(make_schedule(catch_up_seconds=catch_up), timetable, due, now)
    assert found.run == run
    assert found.next_run == timetable.next_after(now)
    assert (None if found.missed is None else found.missed.number) == missed
    if found.missed is not None:
        assert found.missed.first == due
        assert found.missed.due < (run or now)


def test_a_time_has_one_job_id_whoever_asks() -> None:
    ids = {derive_job_id(schedule, NOON + timedelta(days=day)) for schedule in "ab" for day in range(100)}
    assert len(ids) == 200
    assert derive_job_id("a", NOON) == derive_job_id("a", NOON.astimezone()) in ids
    assert all(each[14] == "7" and each[19] in "89ab" for each in ids)
