"""Refuses connections, and what arrives on them before it is a request."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from typing_extensions import override

from gateway.http_errors import HeadersTooLargeError, MalformedRequestError, TargetTooLongError
from gateway.server.guard import Guard
from shared.errors import GraphferryError

LINE_BYTES: Final = 8 * 1024
"""The path and query of a request."""

FIELD_BYTES: Final = 16 * 1024
"""The name, or the value, of one header."""

MOST_FIELDS: Final = 128
"""Headers of one request."""

HEAD_BYTES: Final = 128 * 1024
"""Everything before a request's body, as far as it arrives in several pieces."""

REFUSAL_SECONDS = 1.0
"""How long a connection without a place may take to say anything at all."""

MOST_REFUSALS = 200
"""Connections without a place that are told so; of more than these each is closed at once."""


def headers_too_large() -> HeadersTooLargeError:
    """Return the error of a head above one of its limits."""
    return HeadersTooLargeError(
        f"The headers are too large: at most {MOST_FIELDS}, each of {FIELD_BYTES} bytes, {HEAD_BYTES} bytes in all."
    )


def tell_fault(fault: HttpProcessingError) -> GraphferryError:
    """Return what is wrong with bytes that are no request. The library's own words hold what was sent."""
    if isinstance(fault, LineTooLong) and fault.args[1] == LINE_BYTES:
        return TargetTooLongError(f"The path and query are longer than {LINE_BYTES} bytes.")
    if isinstance(fault, LineTooLong) or fault.message == "Too many headers received":
        return headers_too_large()
    return MalformedRequestError(
        "This is no request of HTTP/1.1: its first line, a header or the framing is malformed."
    )


def to_bytes(answer: web.Response) -> bytes:
    """Return an answer as it goes over the line."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    fields = {**answer.headers, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Refusal(asyncio.Protocol):
    """Answers the first bytes of a connection, whatever they are, and closes it."""

    _transport: asyncio.Transport

    def __init__(self, guard: Guard, error: GraphferryError) -> None:
        self._guard = guard
        self._error = error

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if len(self._guard.refused) >= MOST_REFUSALS:
            self._transport.abort()
            return
        self._guard.refused.add(self)
        asyncio.get_running_loop().call_later(REFUSAL_SECONDS, self._transport.close)

    @override
    def data_received(self, data: bytes) -> None:
        self._transport.write(to_bytes(self._guard.answer(self._error)))
        self._transport.close()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.refused.discard(self)
