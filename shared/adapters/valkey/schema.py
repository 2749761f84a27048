"""Which versions may work with a store: it says by a number what each must know at least."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.adapters.valkey.client import send, store_errors
from shared.errors import StoreTooNewError

SCHEMA: Final = 1
"""What this version knows. Raise it with a form of keys or records that the version before would misread."""

NEEDED: Final = 1
"""What a store needs that this version has written to. Raise it a version later than SCHEMA: both run side by side."""


async def require_schema(client: Redis, installation: str) -> None:
    """Compare what the store needs with what this version knows; a store that says nothing is told.

    Raises: StoreTooNewError, StoreUnavailableError.
    """
    key = f"{installation}:schema"
    with store_errors():
        needed = await send(client, "GET", key)
        if needed is None:
            with suppress(ResponseError):  # one that takes no writes now: whoever starts next tells it
                await send(client, "SET", key, NEEDED, "NX")
            return
    if not needed.isdecimal() or int(needed) > SCHEMA:
        raise StoreTooNewError(key, needed, SCHEMA)
