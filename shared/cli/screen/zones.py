"""Finds the time zone of the person at the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONE: Final = "TZ"


def find_zone(environ: Mapping[str, str]) -> tzinfo | None:
    """Return the zone that TZ names; None, the machine's own, where it names none that is known."""
    name = environ.get(ZONE, "").removeprefix(":")
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None  # such as EST5EDT,M3.2.0: the C library of this process has read it already
