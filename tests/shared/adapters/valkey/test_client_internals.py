"""The client's insides are still those that we reach into."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable
from importlib.metadata import version

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import Connection, ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError

from shared.adapters.valkey import client_internals
from shared.adapters.valkey.client_internals import ValkeyConnection


def test_the_docstring_names_the_version_that_is_installed() -> None:
    assert f"redis {version('redis')} " in (client_internals.__doc__ or "")


def test_the_method_takes_what_ours_takes() -> None:
    assert list(inspect.signature(Connection._send_packed_command).parameters) == ["self", "command"]
    assert inspect.iscoroutinefunction(Connection._send_packed_command)


class Writer:
    """A stream's end that was reset under uvloop."""

    def writelines(self, _: Iterable[bytes]) -> None:
        raise RuntimeError("the handler is closed")

    def close(self) -> None:
        pass


async def send(connection: Connection) -> None:
    connection._reader, connection._writer = object(), Writer()  # type: ignore[assignment]
    await connection.send_packed_command(b"PING")


async def test_the_client_does_not_know_resets_by_itself() -> None:
    with pytest.raises(RuntimeError):
        await send(Connection(socket_timeout=1.0))


async def test_resets_are_named() -> None:
    with pytest.raises(RedisConnectionError, match="the handler is closed"):
        await send(ValkeyConnection(socket_timeout=1.0))


@pytest.mark.parametrize(("kind", "error"), [(Connection, AttributeError), (ValkeyConnection, None)])
async def test_a_command_keeps_the_socket_that_its_connection_has_made_anew(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch, kind: type[Connection], error: type[Exception] | None
) -> None:
    pool = ConnectionPool.from_url(valkey_url, connection_class=kind, socket_timeout=5.0)
    async with Redis(connection_pool=pool) as client:
        await client.ping()
        connection = pool._available_connections[0]
        is_closed = asyncio.Event()
        monkeypatch.setattr(connection._writer, "wait_closed", Once(is_closed))
        closing = asyncio.create_task(pool.disconnect(inuse_connections=False))
        await asyncio.sleep(0)
        assert await pool.get_connection() is connection
        sending = asyncio.create_task(connection.send_command("PING"))
        is_closed.set()
        await closing
        if error is None:
            await sending
            assert await connection.read_response() == b"PONG"
        else:
            with pytest.raises(error):
                await sending
        await pool.release(connection)
    await pool.aclose()


class Once:
    """Waits for an event the first time."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event: asyncio.Event | None = event

    async def __call__(self) -> None:
        event, self._event = self._event, None
        if event is not None:
            await event.wait()
