"""Messages of Bolt as a proxy reads and writes them.

A message is cut into chunks, each with two bytes of length before it; a chunk of no length ends it. The handshake comes
first: the client offers versions, the server picks one, or lists what it has and is told. Source: the Bolt protocol's
handshake and message specifications.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.support.packing import pack, unpack

GOODBYE, RUN, BEGIN, COMMIT, ROUTE = 0x02, 0x10, 0x11, 0x12, 0x66
SUCCESS, RECORD, FAILURE = 0x70, 0x71, 0x7F

_OFFER_BYTES = 20
_PICKED_BYTES = 4
_MANIFEST = bytes([0, 0, 1, 0xFF])
_LONGEST_CHUNK = 0xFFFF

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def pass_handshake(client: Streams, server: Streams) -> None:
    """Let both ends agree on a version."""
    await _pass_on(_OFFER_BYTES, client, server)
    if await _pass_on(_PICKED_BYTES, server, client) == _MANIFEST:
        count = await _pass_number(server, client)
        await _pass_on(_PICKED_BYTES * count, server, client)
        await _pass_number(server, client)  # of capabilities
        await _pass_on(_PICKED_BYTES, client, server)
        await _pass_number(client, server)


async def _pass_on(size: int, start: Streams, end: Streams) -> bytes:
    content = await start[0].readexactly(size)
    end[1].write(content)
    return content


async def _pass_number(start: Streams, end: Streams) -> int:
    """Pass a number on that comes by seven bits, the lowest first."""
    number, shift, more = 0, 0, True
    while more:
        (byte,) = await _pass_on(1, start, end)
        number |= (byte & 0x7F) << shift
        shift, more = shift + 7, byte > 0x7F
    return number


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """Read the next message. Raises: IncompleteReadError at the end."""
    message = bytearray()
    while True:
        size = int.from_bytes(await reader.readexactly(2), "big")
        message += await reader.readexactly(size)
        if size == 0 and message:
            return bytes(message)


def chunked(message: bytes) -> bytes:
    """Cut a message into chunks."""
    parts = [message[at : at + _LONGEST_CHUNK] for at in range(0, len(message), _LONGEST_CHUNK)]
    return b"".join(len(part).to_bytes(2, "big") + part for part in [*parts, b""])


def fields_of(message: bytes) -> list[Any]:
    """Read what a message says."""
    fields: list[Any] = unpack(bytes([message[0] - 0xB0 + 0x90]) + message[2:])
    return fields


def make_message(tag: int, fields: Sequence[Any]) -> bytes:
    """Write a message."""
    return bytes([0xB0 + len(fields), tag]) + b"".join(map(pack, fields))
