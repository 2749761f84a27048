"""Lines of running jobs in Valkey: a list for each log, and a sorted set of their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redis.asyncio import Redis

from shared.adapters.valkey.client import send, store_errors
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.scripts import Scripts
from shared.ports.job_logs import LogName
from shared.settings.process import Settings

MOST_LINES: Final = 10_000
"""Of one log: some megabytes. A log comes this far only while what keeps it for good is out of reach for long."""

_SPARE_MS: Final = 7 * 86_400_000
"""How long lines stay that are past the longest time a job may take, for whoever is to keep them for good."""


class ValkeyLiveLogs:
    """Implements the LiveLogs port. The client must decode answers to text."""

    def __init__(self, client: Redis, settings: Settings, *, namespace: Namespace) -> None:
        self._client = client
        self._namespace = namespace
        # The scripts that are called know nothing of leases and crashes.
        self._scripts = Scripts(client, namespace, (0, settings.longest_deadline * 1000 + _SPARE_MS, 0))

    async def append(self, log: LogName, lines: Sequence[str]) -> int:
        """Run the script; sent twice it adds lines twice."""
        return int(await self._scripts.call("append_log", _member(log), MOST_LINES, *lines))

    async def read(self, log: LogName) -> Sequence[str]:
        """Read the list."""
        with store_errors():
            lines: Sequence[str] = await send(self._client, "LRANGE", self._namespace.key(f"log:{_member(log)}"), 0, -1)
        return lines

    async def drop(self, log: LogName, lines: Sequence[str]) -> None:
        """Run the script, which looks at the first and the last of them."""
        first, last = (lines[0], lines[-1]) if lines else ("", "")
        await self._scripts.call("drop_log", _member(log), len(lines), first, last)

    async def list_logs(self) -> Sequence[LogName]:
        """Read the set, which may name some whose lines are gone."""
        with store_errors():
            members = await send(self._client, "ZRANGE", self._namespace.key("logs"), 0, -1)
        named = (each.partition("/") for each in members)
        return [LogName(tenant=tenant, job_id=job_id) for tenant, _, job_id in named]


def _member(log: LogName) -> str:
    """Name a log: neither part has a slash."""
    return f"{log.tenant}/{log.job_id}"
