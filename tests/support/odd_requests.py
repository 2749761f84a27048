"""Requests that are odd in one place each, for every row of the table of routes: bytes, as they go over the line."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.route import Route

ODD_BYTES: Final = (b"\xff\xfe", b"\xed\xa0\x80", b"a\x80b", b"\xc3\xa9", b"\xf4\x90\x80\x80", b"x" * 5000)
"""No UTF-8, a lone surrogate, a stray byte, an accent, a character that is none, a long text."""
ODD_ESCAPES: Final = (b"%ff%fe", b"%ed%a0%80", b"%00", b"%F4%90%80%80", b"%", b"%c3%a9", b"%0d%0a")
DATES: Final = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "1e400",
    "-1e400",
    "1" * 5000,
)
ODD_JSON: Final = (
    *(f'"{date}"'.encode() for date in DATES),
    rb'"\ud800"',
    rb'"\udfff\ud800"',
    b'"\xed\xa0\x80"',
    b'"\xff"',
    rb'"\u0000"',
    b"1e400",
    b"-1e400",
    b"1" * 5000,
    b"18446744073709551616",
    b"NaN",
    b"[" * 2000,
    b"[" * 500 + b"]" * 500,
    b'{"a":' * 500 + b"1" + b"}" * 500,
    b"null",
    b"{}",
    b"[null]",
)
HEADERS: Final = (
    "Authorization",
    "X-API-KEY",
    "x-synthetic-key",
    "x-tenant-name",
    "Idempotency-Key",
    "X-Request-Id",
    "traceparent",
    "tracestate",
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "Transfer-Encoding",
    "Origin",
    "Access-Control-Request-Method",
    "Cookie",
    "Host",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Range",
    "Range",
    "Accept",
    "Last-Event-ID",
    "Tus-Resumable",
    "Upload-Length",
    "Upload-Defer-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "Upload-Checksum",
    "Expect",
    "Upgrade",
    "X-Unknown",
)
PREFIXES: Final[Mapping[str, Sequence[bytes]]] = {
    "Authorization": (b"Bearer ", b"Bearer eyJhbGciOiJIUzI1NiJ9.", b"Bearer " + b64encode(b"[" * 5000), b"Basic ", b""),
    "Upload-Metadata": (b"filename ", b"", b"filename YS56aXA=,"),
    "Upload-Checksum": (b"sha1 ", b""),
    "Range": (b"bytes=", b""),
    "Content-Type": (b"", b"multipart/form-data; boundary=", b"application/json; charset="),
}
TUS: Final = {"Tus-Resumable": b"1.0.0", "Upload-Length": b"10", "Upload-Offset": b"0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OddRequest:
    """A request as it goes over the line."""

    method: str
    path: bytes
    headers: Mapping[str, bytes] = field(default_factory=dict)
    body: bytes = b""

    def to_bytes(self, usual: Mapping[str, bytes]) -> bytes:
        """Return all of it, with the headers that it does not set itself."""
        named = {name.lower() for name in self.headers}
        sent = {name: value for name, value in usual.items() if name.lower() not in named} | dict(self.headers)
        if "content-length" not in named:
            sent["Content-Length"] = b"%d" % len(self.body)
        lines = [name.encode() + b": " + value for name, value in sent.items()]
        return b"\r\n".join([self.method.encode() + b" " + self.path + b" HTTP/1.1", *lines, b"", self.body])


def list_odd_requests(route: Route, path: str, chance: random.Random) -> Iterator[OddRequest]:
    """Make requests for a route, whose path with usual values is given."""
    yield from _with_odd_paths(route, path)
    yield from _with_odd_queries(route, path)
    yield from _with_odd_headers(route, path)
    yield from _with_random_headers(route, path, chance)
    yield from _with_odd_bodies(route, path)
    for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "ODD"):
        yield OddRequest(method=method, path=path.encode() + b"?a=%ff")


def _with_odd_paths(route: Route, path: str) -> Iterator[OddRequest]:
    parts = path.split("/")
    for place in (place for place, part in enumerate(route.path.split("/")) if part.startswith("{")):
        for odd in (*ODD_BYTES, *ODD_ESCAPES):
            changed = [part.encode() for part in parts]
            changed[place] = odd
            yield OddRequest(method=route.method, path=b"/".join(changed), headers=TUS, body=_usual_body(route))


def _with_odd_queries(route: Route, path: str) -> Iterator[OddRequest]:
    names = [] if route.doc.query is None else list(route.doc.query.model_fields)
    odd = (*ODD_BYTES, *ODD_ESCAPES, *(date.replace("+", "%2B").encode() for date in DATES))
    for name, value in ((name, value) for name in (*names, "odd") for value in odd):
        yield OddRequest(method=route.method, path=path.encode() + f"?{name}=".encode() + value)
    for value in (*ODD_BYTES, *ODD_ESCAPES):
        yield OddRequest(method=route.method, path=path.encode() + b"?" + value + b"=1")


def _with_odd_headers(route: Route, path: str) -> Iterator[OddRequest]:
    for name in {*HEADERS, *route.doc.headers}:
        for value in (*ODD_BYTES[:-1], *(date.encode() for date in DATES[-3:])):
            for prefix in PREFIXES.get(name, (b"",)):
                headers = {**TUS, name: prefix + value}
                yield OddRequest(method=route.method, path=path.encode(), headers=headers, body=_usual_body(route))


def _with_random_headers(route: Route, path: str, chance: random.Random) -> Iterator[OddRequest]:
    """Send any bytes but those that end a line, alone and behind what makes them read."""
    for name in (*HEADERS, *route.doc.headers):
        for prefix in PREFIXES.get(name, (b"",)):
            value = chance.randbytes(chance.choice((1, 20, 300))).translate(None, delete=b"\r\n")
            headers = {**TUS, name: prefix + value}
            yield OddRequest(method=route.method, path=path.encode(), headers=headers, body=_usual_body(route))


def _with_odd_bodies(route: Route, path: str) -> Iterator[OddRequest]:
    usual = None if route.doc.body is None else route.doc.body.example
    if route.method == "GET":
        return
    for odd in ODD_JSON:
        for body in (odd, *(replaced(usual, place, odd) for place in places_in(usual))):
            yield OddRequest(method=route.method, path=path.encode(), body=body)


def _usual_body(route: Route) -> bytes:
    example = None if route.doc.body is None else route.doc.body.example
    return b"" if example is None else json.dumps(example).encode()


def places_in(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List where in a document something stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*above, key)
        yield from places_in(each, (*above, key))


def replaced(value: Any, place: tuple[str | int, ...], odd: bytes) -> bytes:
    """Write a document with something odd at one place."""
    copied = json.loads(json.dumps(value))
    holder = copied
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = "HERE"
    return json.dumps(copied).encode().replace(b'"HERE"', odd)
