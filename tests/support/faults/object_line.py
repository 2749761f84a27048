"""A bad line to an object store: it refuses, breaks off and is slow, as chance has it."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from typing_extensions import override

from infra.engines.ports import LOOPBACK
from tests.support.faults.proxies import Proxy, _abort, serving

PIECE_BYTES: Final = 64 * 1024
_LENGTH: Final = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CONNECTION: Final = re.compile(rb"\r\n(?:connection|expect):[^\r]*", re.IGNORECASE)
_CONTINUE: Final = re.compile(rb"\r\nexpect:\s*100-continue", re.IGNORECASE)
_REFUSALS: Final = {"503": ("503 Slow Down", "SlowDown"), "500": ("500 Internal Server Error", "InternalError")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """How bad a line is: shares of requests, each from 0 to 1, and its pace."""

    busy: float = 0.0
    """Answered with 503 SlowDown; the store is not asked."""
    failing: float = 0.0
    """Answered with 500 InternalError; the store is not asked."""
    cut_requests: float = 0.0
    """Reset in the middle of what is sent."""
    cut_answers: float = 0.0
    """Reset in the middle of what comes back: the store has done what it was asked for."""
    delay_seconds: float = 0.0
    """The most that a request waits before it reaches the store."""
    bytes_per_second: int | None = None
    """How fast each connection is, in both directions; None: as fast as it can."""


NO_TROUBLE: Final = Trouble()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    head: bytes
    body: bytes


@dataclass(slots=True, kw_only=True)
class ObjectLine(Proxy):
    """Passes requests on one by one, each whole: a store that serves one at once never waits for a slow client."""

    is_bolt: bool = False
    chance: random.Random
    trouble: Trouble = NO_TROUBLE
    """May be changed at any time."""
    met: Counter[str] = field(default_factory=Counter)
    """How many requests met which trouble, or none."""

    @override
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request: the next comes by another connection."""
        trouble = self.trouble
        request = await _read_request(reader, writer, trouble.bytes_per_second)
        await asyncio.sleep(self.chance.uniform(0, trouble.delay_seconds))
        kind = self._draw(trouble)
        self.met[kind] += 1
        match kind:
            case "503" | "500":
                writer.write(_refuse(kind))
                await writer.drain()
            case "cut request":
                whole = request.head + request.body
                await self._ask(whole[: self.chance.randrange(len(whole))], is_whole=False)
                _abort(writer)
            case _:
                answer = await self._ask(request.head + request.body, is_whole=True)
                is_cut = kind == "cut answer" and bool(answer)
                await _send(writer, answer[: self.chance.randrange(len(answer))] if is_cut else answer, trouble)
                if is_cut:
                    _abort(writer)

    def _draw(self, trouble: Trouble) -> str:
        shares = {
            "503": trouble.busy,
            "500": trouble.failing,
            "cut request": trouble.cut_requests,
            "cut answer": trouble.cut_answers,
        }
        left = self.chance.random()
        for kind, share in shares.items():
            left -= share
            if left < 0:
                return kind
        return "none"

    async def _ask(self, content: bytes, *, is_whole: bool) -> bytes:
        """Send this to the store, and give its answer; none to what is not whole."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.target)
        self._writers.add(writer)
        try:
            writer.write(content)
            await writer.drain()
            if is_whole:
                return await reader.read()
            await asyncio.sleep(0.05)  # so that it arrives before the end does
            return b""
        finally:
            self._writers.discard(writer)
            _abort(writer)


async def _read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bytes_per_second: int | None
) -> _Request:
    head = await reader.readuntil(b"\r\n\r\n")
    if _CONTINUE.search(head):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    found = _LENGTH.search(head)
    left, pieces = 0 if found is None else int(found[1]), list[bytes]()
    while left:
        pieces.append(await reader.readexactly(min(left, PIECE_BYTES)))
        left -= len(pieces[-1])
        await _take_time(len(pieces[-1]), bytes_per_second)
    alone = _CONNECTION.sub(b"", head).removesuffix(b"\r\n") + b"Connection: close\r\n\r\n"
    return _Request(head=alone, body=b"".join(pieces))


async def _send(writer: asyncio.StreamWriter, answer: bytes, trouble: Trouble) -> None:
    for start in range(0, len(answer), PIECE_BYTES):
        piece = answer[start : start + PIECE_BYTES]
        writer.write(piece)
        await writer.drain()
        await _take_time(len(piece), trouble.bytes_per_second)


async def _take_time(count: int, bytes_per_second: int | None) -> None:
    if bytes_per_second is not None:
        await asyncio.sleep(count / bytes_per_second)


def _refuse(kind: str) -> bytes:
    status, code = _REFUSALS[kind]
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>made by chance</Message></Error>'
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


@contextmanager
def open_object_line(target: int, chance: random.Random) -> Iterator[ObjectLine]:
    """Stand before the object store at this port of this machine; at first there is no trouble."""
    line = ObjectLine(target=target, chance=chance)
    with serving(line):
        yield line
