"""Leases in Valkey, each a key that goes unless its holder renews it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from redis.asyncio import Redis

from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.scripts import Scripts
from shared.concurrency.loops import cancel_all
from shared.errors import StoreUnavailableError, UnavailableError
from shared.ports.leases import Lease

LEASE_SECONDS: Final = 15.0
"""How long the lease of a holder that died keeps others away."""
_RENEW_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 0.1
_WANTED_SECONDS: Final = 2.0
_SPARE_SECONDS: Final = 3.0
"""What is begun with less than this left may end too late."""


class ValkeyLeases:
    """Implements the Leases port. The client must decode answers to text."""

    def __init__(self, client: Redis, *, namespace: Namespace) -> None:
        # The one script that is called knows nothing of jobs.
        self._scripts = Scripts(client, namespace)

    @asynccontextmanager
    async def hold(self, name: str, *, seconds: float, shared: bool = False) -> AsyncIterator[Lease]:
        """Ask for it again and again; renew it while it is had."""
        lease = _Lease(self._scripts, name)
        until = time.monotonic() + seconds
        try:
            while not await lease.ask("share" if shared else "take"):
                if time.monotonic() > until:
                    raise TimeoutError(name)
                await asyncio.sleep(_PAUSE_SECONDS)
            renewing = asyncio.create_task(lease.keep())
            try:
                yield lease
            finally:
                await cancel_all([renewing])
        finally:
            with suppress(StoreUnavailableError):  # then it runs out
                await asyncio.shield(lease.ask("drop"))

    async def is_held(self, name: str) -> bool:
        """Look for its key."""
        return await _Lease(self._scripts, name).ask("look") > 0


class _Lease:
    """A name with a token that nobody else has."""

    def __init__(self, scripts: Scripts, name: str) -> None:
        self._scripts = scripts
        self._name = name
        self._token = secrets.token_hex(16)
        self._until = 0.0

    async def ask(self, act: str) -> int:
        """Run the script; while it is had it lasts from before the question."""
        asked = time.monotonic()
        times = (round(LEASE_SECONDS * 1000), round(_WANTED_SECONDS * 1000))
        state = int(await self._scripts.call("lease", self._name, self._token, act, *times))
        if act != "look":
            self._until = asked + LEASE_SECONDS if state else 0.0
        return state

    async def keep(self) -> None:
        """Renew it until it is lost; a store that does not answer is asked again."""
        has = True
        while has:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(StoreUnavailableError):
                has = await self.ask("renew") > 0

    def require(self) -> None:
        """Look at the time that is left."""
        if time.monotonic() > self._until - _SPARE_SECONDS:
            raise UnavailableError(
                f"The lease {self._name!r} in the job store (Valkey) could not be renewed in time; try again later."
            )

    async def is_wanted(self) -> bool:
        """Renew it, which tells."""
        return await self.ask("renew") > 1
