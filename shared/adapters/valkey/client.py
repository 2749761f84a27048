"""The Valkey client as every adapter of ours opens it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from shared.adapters.valkey.addresses import open_pool
from shared.errors import StoreForbidsError, StoreUnavailableError

MOVING: Final = "KEYSMOVING"
"""What an error of a script begins with that does nothing because the keys are being moved."""

GONE: Final = "KEYSMOVED"
"""The same once they have been moved."""


@asynccontextmanager
async def open_valkey(url: str) -> AsyncIterator[Redis]:
    """Open a client that speaks str. Nothing is sent before the first command."""
    async with open_pool(url, decode_responses=True) as pool:
        yield Redis(connection_pool=pool)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the client library raises into ours."""
    try:
        yield
    except (RedisError, OSError) as error:
        if is_moving(error):
            raise moving_error() from error
        if isinstance(error, NoPermissionError):
            raise StoreForbidsError(
                f"The job store (Valkey) forbids it: {error}. See `graphferry check` for all rights that are missing."
            ) from error
        raise StoreUnavailableError(
            f"The job store (Valkey) does not answer as it should: {type(error).__name__}: {error}. Try again later."
        ) from error


async def send(client: Redis, *command: str | int | bytes) -> Any:
    """Send one command: the library's own methods are typed for its blocking client too."""
    return await client.execute_command(*command)  # type: ignore[no-untyped-call]


def parse_clock(seconds: str | int, microseconds: str | int) -> datetime:
    """Read what TIME answers."""
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(microseconds))


def moving_error() -> StoreUnavailableError:
    """Make the error of whoever meets keys that are being moved."""
    return StoreUnavailableError(
        "The job store's keys are being moved by `graphferry move-keys`: try again in a moment. If that command was "
        "interrupted, run it again."
    )


def is_moving(error: Exception) -> bool:
    """Whether a script has said that keys are being moved, or have been."""
    return isinstance(error, ResponseError) and str(error).startswith((MOVING, GONE))
