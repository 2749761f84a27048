"""The event: what the queue carries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The news that a job wants an attempt. Safe to deliver twice, late or out of order."""

    job_id: str
    attempt: int
    """Counts from 1; part of the queue's own id, so that each attempt is queued once."""
