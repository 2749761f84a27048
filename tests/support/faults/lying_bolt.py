"""A server of Bolt that sends what it is asked to send, however little sense it makes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from typing import Any

from infra.engines.ports import LOOPBACK
from shared.adapters.neo4j.connection import PROBED
from shared.adapters.neo4j.cypher.catalogue import PROBE
from tests.support.faults.bolt_wire import HELLO, RECORD, RUN, SUCCESS, Messages
from tests.support.packing import pack, unpack

LOGON, PULL = 0x6A, 0x3F
_GREETING_BYTES = 20
_VERSION = bytes([0, 0, 4, 5])
_LONGEST_CHUNK = 0xFFFF

RUN_WITH, PULL_WITH = "RUN WITH ", "PULL WITH "
"""What a statement begins with whose answer, to RUN or to the first PULL, is the message that follows in hexadecimal.

So is a user's name, whatever it begins with, to LOGON.
"""


@asynccontextmanager
async def lying_server() -> AsyncIterator[str]:
    """Serve on a port of this machine; give the address."""
    server = await asyncio.start_server(_serve, LOOPBACK, 0, limit=2**22)
    async with server:
        yield f"bolt://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionResetError), closing(writer):
        await _converse(reader, writer)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(_GREETING_BYTES)
    writer.write(_VERSION)
    asked, statement = Messages(opening=bytes([0xB1, HELLO])), ""
    while piece := await reader.read(_LONGEST_CHUNK):
        for message in asked.feed(piece):
            fields = unpack(bytes([message[0] - 0xB0 + 0x90]) + message[2:])
            statement = fields[0] if message[1] == RUN else statement
            writer.writelines(map(_chunked, _answer(message[1], fields, statement)))


def _answer(tag: int, fields: Sequence[Any], statement: str) -> Iterator[bytes]:
    kind, _, lie = statement.rpartition(" ")
    if tag == HELLO:
        yield _success(server="Neo4j/5.26.0", connection_id="bolt-1")
    elif tag == LOGON and fields[0]["principal"]:
        yield bytes.fromhex(fields[0]["principal"])
        yield _success()
    elif tag == RUN and f"{kind} " == RUN_WITH:
        yield bytes.fromhex(lie)
    elif tag == PULL and f"{kind} " == PULL_WITH:
        yield bytes.fromhex(lie)
        yield _success()
    elif tag == PULL and statement == PROBE:
        yield bytes([0xB1, RECORD]) + pack([PROBED])
        yield _success()
    else:
        yield _success(fields=["value"])


def _success(**fields: object) -> bytes:
    return bytes([0xB1, SUCCESS]) + pack(fields)


def _chunked(message: bytes) -> bytes:
    parts = [message[at : at + _LONGEST_CHUNK] for at in range(0, len(message), _LONGEST_CHUNK)]
    return b"".join(len(part).to_bytes(2, "big") + part for part in [*parts, b""])
