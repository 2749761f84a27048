"""The Valkey client as every adapter of ours opens it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from shared.adapters.valkey.client_internals import ValkeyConnection
from shared.errors import StoreUnavailableError

SOCKET_TIMEOUT_SECONDS = 5.0
"""A hung server must show as an error while a caller still waits for an answer, and before a lease runs out."""

RECONNECTS = 2
"""A connection that died unnoticed in the pool costs a new one, not an error. Never repeated after a time-out."""


@asynccontextmanager
async def open_valkey(url: str) -> AsyncIterator[Redis]:
    """Open a pool of connections that speaks str. Nothing is sent before the first command.

    Raises: StoreUnavailableError for an address that is none.
    """
    client = _make_client(url)
    try:
        yield client
    finally:
        await client.aclose()


def _make_client(url: str) -> Redis:
    try:
        client: Redis = Redis.from_url(
            url,
            connection_class=ValkeyConnection,  # but for addresses whose scheme asks for another, such as rediss
            decode_responses=True,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
            socket_keepalive=True,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), RECONNECTS, supported_errors=(RedisConnectionError,)),
            retry_on_error=[RedisConnectionError],
        )
    except ValueError as error:  # which may quote a part of the password
        raise StoreUnavailableError("The address of the job store (Valkey) cannot be read.") from error
    return client


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the client library raises into ours."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreUnavailableError(
            f"The job store (Valkey) does not answer as it should: {type(error).__name__}: {error}. Try again later."
        ) from error


async def send(client: Redis, *command: str | int) -> Any:
    """Send one command: the library's own methods are typed for its blocking client too."""
    return await client.execute_command(*command)  # type: ignore[no-untyped-call]


def parse_clock(seconds: str | int, microseconds: str | int) -> datetime:
    """Read what TIME answers."""
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(microseconds))
