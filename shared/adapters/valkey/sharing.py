"""What processes that share a bucket share in the job store."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from shared.adapters.valkey.leases import ValkeyLeases
from shared.adapters.valkey.live_logs import ValkeyLiveLogs
from shared.adapters.valkey.namespaces import Namespace
from shared.settings.process import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Who alone may do something for now, and the lines of running jobs."""

    leases: ValkeyLeases
    live: ValkeyLiveLogs


def make_sharing(client: Redis, settings: Settings, namespace: Namespace) -> Sharing:
    """Make it over a client that decodes answers to text."""
    return Sharing(
        leases=ValkeyLeases(client, namespace=namespace), live=ValkeyLiveLogs(client, settings, namespace=namespace)
    )
