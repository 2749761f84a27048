"""How long an accepted job waits for its handler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from typing import Self

from infra.client import GatewayClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Milliseconds."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Summarize samples in seconds."""
        return cls(p50=1000 * median(seconds), p95=1000 * quantiles(seconds, n=20)[-1])


async def measure_dispatch(client: GatewayClient, *, database: str, application: str, rounds: int) -> Latencies:
    """Export a tiny application again and again: from accepted to claimed by a handler, by the store's clock."""
    jobs = [await client.carry_out("export", {"database": database, "export_app": application}) for _ in range(rounds)]
    return Latencies.of([_seconds_between(job.record["created"], job.record["started"]) for job in jobs])


def _seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
