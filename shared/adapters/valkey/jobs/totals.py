"""Reads what the scripts count of all jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from redis.asyncio import Redis

from shared.adapters.valkey.client import send
from shared.ports.jobs import Totals

_LABEL_END: Final = "\x1f"
"""Between a family and its labels: no name has it."""


async def read_totals(client: Redis, namespace: str) -> Totals:
    """Read the counts of all tenants together."""
    return _parse(await send(client, "HGETALL", f"{namespace}:totals"))


async def read_tenant_jobs(client: Redis, namespace: str) -> Totals:
    """Read how many unfinished jobs each tenant has, by status."""
    return _parse(await send(client, "HGETALL", f"{namespace}:tenant_jobs"))


def _parse(fields: Mapping[str, str]) -> Totals:
    return {tuple(field.split(_LABEL_END)): int(float(value)) for field, value in fields.items()}
