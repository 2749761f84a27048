"""What must not happen in a tenant's folder at once happens in turn, in all processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from shared.adapters.s3.keys import folder_lease
from shared.errors import UnavailableError
from shared.ports.leases import Lease, Leases

WAIT_SECONDS: Final = 30.0
"""Much longer than anybody needs who lives."""


@asynccontextmanager
async def turn(leases: Leases, tenant: str) -> AsyncIterator[Lease]:
    """Have the tenant's folder alone. Raises: UnavailableError."""
    async with AsyncExitStack() as stack:
        try:
            lease = await stack.enter_async_context(leases.hold(folder_lease(tenant), seconds=WAIT_SECONDS))
        except TimeoutError as error:
            raise UnavailableError(
                f"Others have held the archive folder of tenant {tenant!r} for {WAIT_SECONDS:.0f} seconds; "
                "try again later."
            ) from error
        yield lease
