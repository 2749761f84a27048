"""Which of the archives that a schedule has made are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from shared.schedules.record import MadeArchive, Retention


def choose_removed(retention: Retention, zone: ZoneInfo, made: Sequence[MadeArchive]) -> Sequence[MadeArchive]:
    """Choose the archives that no rule keeps, oldest first; the newest is never one of them."""
    if not retention.removes:
        return []
    newest_first = sorted(made, key=lambda each: (each.made, each.name), reverse=True)

    def day_of(archive: MadeArchive) -> date:
        return archive.made.astimezone(zone).date()

    rules: Sequence[tuple[int, Callable[[MadeArchive], Hashable]]] = (
        (max(retention.keep_last, 1), lambda archive: archive.name),
        (retention.keep_daily, day_of),
        (retention.keep_weekly, lambda archive: day_of(archive).isocalendar()[:2]),
        (retention.keep_monthly, lambda archive: (day_of(archive).year, day_of(archive).month)),
    )
    kept = {name for most, period_of in rules for name in _choose_kept(newest_first, most, period_of)}
    return [each for each in reversed(newest_first) if each.name not in kept]


def _choose_kept(
    newest_first: Sequence[MadeArchive], most: int, period_of: Callable[[MadeArchive], Hashable]
) -> Sequence[str]:
    """Choose the newest of each period, of the latest so many periods that have some."""
    newest: dict[Hashable, str] = {}
    for each in newest_first:
        newest.setdefault(period_of(each), each.name)
    return list(newest.values())[:most]
