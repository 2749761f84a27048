"""Lines of cron mean moments, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from shared.errors import InvalidRequestError
from shared.schedules.cron import NAMED, read_timetable


def list_after(line: str, zone: str, start: str, number: int) -> list[str]:
    timetable = read_timetable(line, zone)
    found = islice(timetable.after(datetime.fromisoformat(start)), number)
    return [each.astimezone(timetable.zone).isoformat(timespec="minutes") for each in found]


@pytest.mark.parametrize(
    ("line", "zone", "start", "moments"),
    [
        # Left out: once, at the next moment that there is.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        ("0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"]),
        ("0 */2 * * *", "Europe/Berlin", "2026-03-29T00:00Z", ["2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"]),
        ("30 2 * * *", "America/New_York", "2026-03-07T12:00Z", ["2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"]),
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00Z",
            ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"],
        ),
        # There twice: once, at the first.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        ("*/30 2 * * *", "Europe/Berlin", "2026-10-25T00:00Z", ["2026-10-25T02:30+02:00", "2026-10-26T02:00+01:00"]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", ["2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"]),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T00:00Z",
            ["2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30"],
        ),
        # In the second pass of an hour that is there twice, what was in the first is over.
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", ["2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00"]),
        # Every hour is every hour that passes.
        ("0 * * * *", "Europe/Berlin", "2026-10-25T00:00Z", ["2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00"]),
        ("0 * * * *", "Europe/Berlin", "2026-03-29T00:30Z", ["2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"]),
        # Names, and the day that few years have.
        ("30 2 * JAN-feb MON,fri", "UTC", "2026-01-01T00:00Z", ["2026-01-02T02:30+00:00", "2026-01-05T02:30+00:00"]),
        ("@Daily", "Asia/Kolkata", "2026-01-01T00:00Z", ["2026-01-02T00:00+05:30", "2026-01-03T00:00+05:30"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00Z", ["2028-02-29T00:00+00:00", "2032-02-29T00:00+00:00"]),
    ],
)
def test_a_line_means_these_moments(line: str, zone: str, start: str, moments: list[str]) -> None:
    assert list_after(line, zone, start, 2) == moments


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_daily_line_comes_once_on_each_day_of_a_year(zone: str) -> None:
    for minute in (0, 15, 30, 45):
        for hour in (1, 2, 3):
            found = list_after(f"{minute} {hour} * * *", zone, "2026-01-01T23:59Z", 400)
            days = [each[:10] for each in found]
            assert days == sorted(set(days))
            first, last = datetime.fromisoformat(days[0]), datetime.fromisoformat(days[-1])
            assert last - first == timedelta(days=399)


@pytest.mark.parametrize("line", sorted(NAMED))
def test_names_stand_for_lines(line: str) -> None:
    assert read_timetable(line, "UTC").line == NAMED[line]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "@reboot",
        "* * * *",
        "* * * * * *",
        "61 * * * *",
        "0 25 * * *",
        "0 0 31 2 *",
        "a b c d e",
        "0 0 1 1 8",
        "*" * 300,
    ],
)
def test_other_lines_are_refused_with_what_is_wrong(line: str) -> None:
    with pytest.raises(InvalidRequestError, match="Cron line") as caught:
        read_timetable(line, "UTC")
    assert line[:200] in caught.value.message


@pytest.mark.parametrize("zone", ["Mars/Base", "localtime", "Factory"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"Time zone '{zone}' is unknown"):
        read_timetable("@daily", zone)


@pytest.mark.parametrize(
    ("line", "shortest"),
    [
        ("* * * * *", timedelta(minutes=1)),
        ("0,58 * * * *", timedelta(minutes=2)),
        ("*/5 * * * *", timedelta(minutes=5)),
        ("2,58 0,23 * * *", timedelta(minutes=4)),
        ("@daily", timedelta(days=1)),
        ("0 0 1 1 *", timedelta(days=365)),
        ("0 0 29 2 *", None),
        ("0 0 29 2 */7", None),
        ("0 0 * 2 mon#5", None),
    ],
)
def test_the_shortest_time_between_two_moments(line: str, shortest: timedelta | None) -> None:
    assert read_timetable(line, "UTC").find_shortest(datetime(2026, 1, 1, tzinfo=UTC)) == shortest


@pytest.mark.parametrize("line", ["0 0 29 2 */7", "0 0 * 2 mon#5", "30 * * * *", "@yearly"])
def test_moments_end_with_the_calendar(line: str) -> None:
    start = datetime(9999, 12, 30, tzinfo=UTC)
    found = [each.isoformat() for each in read_timetable(line, "America/New_York").after(start)]
    assert found == sorted(set(found))
