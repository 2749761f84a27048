"""Moments as scripts take and give them: ms since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


def to_ms(moment: datetime | None) -> str | int:
    """Return a moment as scripts take it; none as an empty text."""
    return "" if moment is None else round(moment.timestamp() * 1000)


def from_ms(milliseconds: str | int) -> datetime:
    """Return a moment of a script, which may write it with a fraction or an exponent."""
    return datetime.fromtimestamp(int(float(milliseconds)) / 1000, UTC)
