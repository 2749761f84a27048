"""Schedules for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.schedules.record import Owner, Schedule, Work

CREATED = datetime(2026, 5, 1, tzinfo=UTC)


def make_schedule(schedule_id: str = "one", **changes: Any) -> Schedule:
    schedule = Schedule(
        id=schedule_id,
        tenant="acme",
        name=f"Schedule {schedule_id}",
        cron="0 * * * *",
        time_zone="UTC",
        work=Work.EXPORT,
        body={"database": "source", "applications": [{"name": "MyApp"}]},
        owner=Owner(user="admin", home="acme"),
        created=CREATED,
        changed=CREATED,
    )
    return replace(schedule, **changes)
