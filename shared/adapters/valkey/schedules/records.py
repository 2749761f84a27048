"""The JSON texts that schedules and their runs are kept as; what a later version adds is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

import orjson

from shared.schedules.record import MadeArchive, Overlap, Owner, Retention, Run, RunOutcome, Schedule, Work

_TIMES: Final = frozenset({"created", "changed", "due", "first", "ended", "made", "arrived"})
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError)
"""What reading a text of another form raises."""


def format_schedule(schedule: Schedule, known: str = "{}") -> str:
    """Write a schedule down, over what stood there: fields of a later version stay."""
    return orjson.dumps({**orjson.loads(known), **asdict(schedule)}).decode()


def parse_schedule(text: str) -> Schedule | None:
    """Read a schedule; None for one that only a later version can run."""
    try:
        told = orjson.loads(text)
        return Schedule(
            **{
                **_choose(Schedule, told),
                "work": Work(told["work"]),
                "overlap": Overlap(told["overlap"]),
                "owner": Owner(**_choose(Owner, {**told["owner"], "roles": tuple(told["owner"]["roles"])})),
                "retention": Retention(**_choose(Retention, told["retention"])),
            }
        )
    except _UNREADABLE:
        return None


def format_run(run: Run) -> str:
    """Write down what became of a time."""
    return orjson.dumps(run).decode()


def parse_run(text: str) -> Run | None:
    """Read what became of a time; None for what only a later version can read."""
    try:
        told = _choose(Run, orjson.loads(text))
        return Run(**{**told, "outcome": RunOutcome(told["outcome"])})
    except _UNREADABLE:
        return None


def format_made(made: MadeArchive) -> str:
    """Write an archive down."""
    return orjson.dumps(made).decode()


def parse_made(text: str) -> MadeArchive | None:
    """Read an archive; None for what only a later version can read."""
    try:
        return MadeArchive(**_choose(MadeArchive, orjson.loads(text)))
    except _UNREADABLE:
        return None


def _choose(kind: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the fields that are known here, the times among them as such."""
    known = {each.name for each in fields(kind)}
    return {
        name: datetime.fromisoformat(value) if name in _TIMES and value is not None else value
        for name, value in told.items()
        if name in known
    }
