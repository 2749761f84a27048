"""How this surface writes a time."""

from __future__ import annotations

from datetime import UTC, datetime


def view_time(time: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC, to the millisecond."""
    return None if time is None else time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
