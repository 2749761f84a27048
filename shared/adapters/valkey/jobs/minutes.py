"""Reads what became of a tenant's jobs, minute by minute.

The scripts' prelude keeps it in a hash for each hour, with fields `<minute since the epoch>:<what>`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from shared.ports.jobs import MINUTES_KEPT, Minute

_HOUR, _MINUTE = 3600, 60
_KNOWN = frozenset(each.name for each in fields_of(Minute)) - {"time"}


async def read_minutes(client: Redis, namespace: str, tenant: str, since: datetime, now: datetime) -> Sequence[Minute]:
    """List the minutes of the hours from then on, oldest first; `now` is by the server's clock."""
    first = max(since, now - MINUTES_KEPT)
    hours = range(int(first.timestamp()) // _HOUR, int(now.timestamp()) // _HOUR + 1)
    async with client.pipeline(transaction=False) as pipeline:
        for hour in hours:
            pipeline.hgetall(f"{namespace}:minutes:{tenant}/{hour}")
        found: Sequence[Mapping[str, str]] = await pipeline.execute()
    minutes = [minute for fields in found for minute in _parse_hour(fields)]
    return [each for each in minutes if each.time + timedelta(minutes=1) > first]


def _parse_hour(fields: Mapping[str, str]) -> Sequence[Minute]:
    facts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for field, value in fields.items():
        minute, _, what = field.partition(":")
        if what in _KNOWN:  # a later version may count more
            facts[int(minute)][what] = int(value)
    return [Minute(time=datetime.fromtimestamp(at * _MINUTE, UTC), **facts[at]) for at in sorted(facts)]
