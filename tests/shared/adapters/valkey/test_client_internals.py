"""The client's insides are still those that we reach into."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from importlib.metadata import version

import pytest
from redis.asyncio.connection import Connection
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
