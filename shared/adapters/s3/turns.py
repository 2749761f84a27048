"""What must not happen in a tenant's folder at once happens in turn, in all processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from shared.adapters.s3.keys import folder_lease, keeping_lease
from shared.errors import UnavailableError
from shared.ports.leases import Lease, Leases

WAIT_SECONDS: Final = 30.0
"""Much longer than anybody needs who lives."""


@asynccontextmanager
async def turn(leases: Leases, tenant: str) -> AsyncIterator[Lease]:
    """Have the tenant's folder alone. Raises: UnavailableError."""
    async with _hold(leases, tenant, folder_lease(tenant)) as lease:
        yield lease


@asynccontextmanager
async def keeping(leases: Leases, tenant: str, *, shared: bool) -> AsyncIterator[Lease]:
    """Keep the tenant's archives, with others who do; or wait until nobody does. Raises: UnavailableError."""
    async with _hold(leases, tenant, keeping_lease(tenant), shared=shared) as lease:
        yield lease


@asynccontextmanager
async def _hold(leases: Leases, tenant: str, name: str, *, shared: bool = False) -> AsyncIterator[Lease]:
    async with AsyncExitStack() as stack:
        try:
            lease = await stack.enter_async_context(leases.hold(name, seconds=WAIT_SECONDS, shared=shared))
        except TimeoutError as error:
            raise UnavailableError(
                f"Others have held the archive folder of tenant {tenant!r} for {WAIT_SECONDS:.0f} seconds; "
                "try again later."
            ) from error
        yield lease
