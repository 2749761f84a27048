from __future__ import annotations

import pytest

from shared.archive.values.temporal import days_of
from shared.archive.values.zone_offsets import UnknownZoneError, offset_at


@pytest.mark.parametrize(
    ("zone", "date", "offset"),
    [
        ("Europe/Berlin", (2024, 1, 15), 3600),
        ("Europe/Berlin", (2024, 7, 15), 7200),
        ("Europe/Berlin", (12_024, 7, 15), 7200),
        ("Europe/Berlin", (9_999, 12, 31), 3600),
        ("Europe/Berlin", (999_999_999, 7, 15), 7200),
        ("Europe/Berlin", (1800, 1, 1), 3208),
        ("Europe/Berlin", (-44, 3, 15), 3208),
        ("Europe/Berlin", (1, 1, 1), 3208),
        ("Europe/Berlin", (-999_999_999, 1, 1), 3208),
        ("Asia/Kathmandu", (2024, 1, 1), 20_700),
        ("Etc/GMT+12", (2024, 1, 1), -43_200),
        ("UTC", (-44, 1, 1), 0),
    ],
)
def test_rules_hold_in_every_year(zone: str, date: tuple[int, int, int], offset: int) -> None:
    assert offset_at(zone, days_of(*date) * 86_400) == offset


def test_the_hour_that_comes_twice_has_two_offsets() -> None:
    first = days_of(2024, 10, 27) * 86_400 + 1800
    assert (offset_at("Europe/Berlin", first), offset_at("Europe/Berlin", first + 3600)) == (7200, 3600)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "Europe", "", "../etc/passwd", "a\0b"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZoneError):
        offset_at(zone, 0)
