"""The rules keep the newest of each period, and never remove the newest of all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.schedules.record import MadeArchive, Retention
from shared.schedules.retention import choose_removed

BERLIN = ZoneInfo("Europe/Berlin")
LAST = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
"""The first of June in Berlin, a Monday."""


def make(made: datetime) -> MadeArchive:
    return MadeArchive(name=made.isoformat(), made=made, arrived=made, bytes=1, job_id="x")


DAILY = [make(LAST - timedelta(days=day)) for day in range(100)]


def kept(retention: Retention, made: list[MadeArchive]) -> list[int]:
    """Return how many days before the last those were made that are kept."""
    removed = choose_removed(retention, BERLIN, made)
    assert list(removed) == sorted(removed, key=lambda each: each.made)
    return [(LAST - each.made).days for each in made if each not in removed]


@pytest.mark.parametrize(
    ("retention", "days"),
    [
        (Retention(), [*range(100)]),
        (Retention(keep_last=3), [0, 1, 2]),
        (Retention(keep_daily=7), [*range(7)]),
        (Retention(keep_weekly=4), [0, 1, 8, 15]),
        (Retention(keep_monthly=3), [0, 1, 32]),
        (Retention(keep_daily=7, keep_weekly=4), [*range(7), 8, 15]),
        (Retention(keep_last=1, keep_daily=2, keep_monthly=2), [0, 1]),
        (Retention(keep_last=1000), [*range(100)]),
    ],
)
def test_rules_keep_these_days(retention: Retention, days: list[int]) -> None:
    assert kept(retention, DAILY) == days


def test_several_of_a_day_count_as_the_last_of_them() -> None:
    made = [make(LAST - timedelta(hours=hours)) for hours in (0, 1, 2, 24)]
    removed = choose_removed(Retention(keep_daily=2), BERLIN, made)
    # In Berlin the day has just begun: what was made an hour before is of the day before.
    assert removed == [made[3], made[2]]


def test_the_newest_stays_though_no_rule_keeps_it() -> None:
    assert choose_removed(Retention(keep_monthly=1), BERLIN, [make(LAST)]) == []
    assert choose_removed(Retention(keep_last=1), BERLIN, []) == []
