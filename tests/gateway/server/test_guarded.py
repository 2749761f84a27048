"""Connections are bounded, and whatever arrives on them is answered in our own words."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp import web
from typing_extensions import override

from gateway.http_errors import GatewayFullError, TooManyConnectionsError
from gateway.keys import METRICS
from gateway.server import guarded, refusing
from gateway.server.places import Places, peer_of, source_of
from gateway.server.serving import wind_down
from tests.gateway.conftest import Client, StartGateway, World

PLAIN = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
MARK = b"s3cretmark"
"""Stands in every odd request, and in no answer."""


async def exchange(client: Client, *pieces: bytes) -> bytes:
    """Send pieces, each for itself, and return all that is answered until the connection closes."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.transport.abort()


def check(answer: bytes, status: int, code: str) -> None:
    """Our own form, our own headers, nothing of what was sent."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    problem = json.loads(body)
    assert (int(lines[0].split(" ")[1]), problem["status"], problem["code"]) == (status, status, code)
    assert headers["content-type"].startswith("application/problem+json")
    assert headers["server"] == "graphferry"
    assert int(headers["content-length"]) == len(body)
    assert headers["x-request-id"] == problem["request_id"]
    assert headers["x-content-type-options"] == "nosniff"
    assert MARK not in answer


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        pytest.param(b"\x16\x03\x01" + MARK + b"\r\n\r\n", 400, "MALFORMED_REQUEST", id="tls"),
        pytest.param(MARK + b"\r\n\r\n", 400, "MALFORMED_REQUEST", id="no request line"),
        pytest.param(b"GET /" + MARK + b" HTTP/7.7\r\nHost: x\r\n\r\n", 400, "MALFORMED_REQUEST", id="version"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "MALFORMED_REQUEST", id="http/2"),
        pytest.param(b"GET /livez HTTP/1.1\r\nX: " + MARK + b"\r\n\r\n", 400, "MALFORMED_REQUEST", id="no host"),
        pytest.param(PLAIN + b"Host: " + MARK + b"\r\n\r\n", 400, "MALFORMED_REQUEST", id="two hosts"),
        pytest.param(PLAIN + b"X" + MARK + b" : 1\r\n\r\n", 400, "MALFORMED_REQUEST", id="blank in a name"),
        pytest.param(PLAIN + b"X: " + MARK + b"\x00\r\n\r\n", 400, "MALFORMED_REQUEST", id="nul in a value"),
        pytest.param(PLAIN + b"X: " + MARK + b"\r\n folded\r\n\r\n", 400, "MALFORMED_REQUEST", id="folded"),
        pytest.param(PLAIN + b"Content-Length: " + MARK + b"\r\n\r\n", 400, "MALFORMED_REQUEST", id="length"),
        pytest.param(PLAIN + b"Content-Length: -1\r\n\r\n", 400, "MALFORMED_REQUEST", id="negative length"),
        pytest.param(
            PLAIN + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "MALFORMED_REQUEST",
            id="two framings",
        ),
        pytest.param(PLAIN + b"Transfer-Encoding: " + MARK + b"\r\n\r\n", 400, "MALFORMED_REQUEST", id="encoding"),
        pytest.param(
            b"GET /?" + MARK * 1000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "TARGET_TOO_LONG", id="long target"
        ),
        pytest.param(PLAIN + b"X: " + MARK * 2000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE", id="long value"),
        pytest.param(PLAIN + MARK * 2000 + b": 1\r\n\r\n", 431, "HEADERS_TOO_LARGE", id="long name"),
        pytest.param(PLAIN + b"X: 1\r\n" * 200 + b"\r\n", 431, "HEADERS_TOO_LARGE", id="many"),
    ],
)
async def test_what_is_no_request_is_answered_in_our_words(
    client: Client, request_bytes: bytes, status: int, code: str
) -> None:
    check(await exchange(client, request_bytes), status, code)


async def test_it_is_counted(client: Client) -> None:
    await exchange(client, MARK + b"\r\n\r\n")
    text = client.app[METRICS].render().decode()
    assert 'graphferry_requests_total{method="other",route="none",status="400"} 1.0' in text


async def test_a_head_in_pieces_is_bounded_in_all(client: Client) -> None:
    field = b"X: " + b"v" * 16_000 + b"\r\n"
    check(await exchange(client, PLAIN, *[field] * 10), 431, "HEADERS_TOO_LARGE")


async def test_headers_up_to_the_limit_are_taken(client: Client) -> None:
    field = b"X: " + b"v" * (refusing.FIELD_BYTES - 1) + b"\r\n"
    answer = await exchange(client, PLAIN, *[field] * 6, b"Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_broken_framing_of_a_body_shows_nothing_of_it(client: Client, world: World) -> None:
    key = world.keys["admin"].encode()
    head = b"POST /api/v1/exports HTTP/1.1\r\nHost: x\r\nX-API-KEY: " + key + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await exchange(client, head + b"1\r\n{\r\n" + MARK + b"\r\n")
    assert answer.split(b" ")[1] == b"400"
    assert (MARK in answer, b"aiohttp" in answer.lower()) == (False, False)


async def test_a_head_that_does_not_end_is_told_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "HEAD_SECONDS", 0.1)
    check(await exchange(client, PLAIN), 408, "REQUEST_TIMEOUT")


async def test_each_head_has_its_own_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "HEAD_SECONDS", 0.3)
    answer = await exchange(client, PLAIN + b"\r\n", *[b"\r\n"] * 3, b"GET /", *[b"x"] * 5)
    assert answer.startswith(b"HTTP/1.1 200 ")
    check(answer[answer.index(b"HTTP/1.1 408") :], 408, "REQUEST_TIMEOUT")


async def test_a_dribbled_head_has_no_more_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "HEAD_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(PLAIN + b"X: ")
    answer = asyncio.create_task(reader.readuntil(b"}"))
    async with asyncio.timeout(20):
        while not answer.done():
            writer.write(b"v")
            await asyncio.wait([answer], timeout=0.02)
    check(await answer, 408, "REQUEST_TIMEOUT")
    writer.transport.abort()


async def test_silence_is_closed_without_a_word(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "HEAD_SECONDS", 0.1)
    assert await exchange(client) == b""


async def test_a_body_is_no_head(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes; and the connection goes on afterwards."""
    monkeypatch.setattr(guarded, "HEAD_SECONDS", 0.1)
    key = world.keys["admin"].encode()
    head = b"POST /api/v1/exports HTTP/1.1\r\nHost: x\r\nX-API-KEY: " + key + b"\r\nContent-Length: 30\r\n\r\n"
    answer = await exchange(client, head, *[b" "] * 30, PLAIN + b"Connection: close\r\n\r\n")
    assert b"REQUEST_TIMEOUT" not in answer
    assert b"HTTP/1.1 200 " in answer


@pytest.fixture
async def crowded(start_gateway: StartGateway, world: World) -> Client:
    settings = world.settings.model_copy(update={"max_connections": 5, "max_connections_per_address": 3})
    return await start_gateway(replace(world.resources(), settings=settings))


async def test_an_address_has_so_many_connections_and_gets_them_back(crowded: Client) -> None:
    held = [await asyncio.open_connection(crowded.host, crowded.port) for _ in range(3)]
    check(await exchange(crowded, PLAIN + b"\r\n"), 429, "TOO_MANY_CONNECTIONS")
    for _, writer in held:
        writer.transport.abort()
    async with asyncio.timeout(20):
        while b" 429 " in await exchange(crowded, PLAIN + b"Connection: close\r\n\r\n"):  # noqa: ASYNC110 - nothing tells of a place
            await asyncio.sleep(0.01)


async def test_more_refusals_than_can_be_told_are_closed_at_once(
    crowded: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusing, "REFUSAL_SECONDS", 60)
    monkeypatch.setattr(refusing, "MOST_REFUSALS", 1)
    waiting = [await asyncio.open_connection(crowded.host, crowded.port) for _ in range(4)]
    assert await exchange(crowded) == b""
    for _, writer in waiting:
        writer.transport.abort()


def test_places_are_of_an_address_and_of_all() -> None:
    places = Places(limit=3, limit_of_one=2)
    places.take("192.0.2.1")
    places.take("192.0.2.1")
    with pytest.raises(TooManyConnectionsError):
        places.take("192.0.2.1")
    places.take("192.0.2.2")
    with pytest.raises(GatewayFullError):
        places.take("192.0.2.2")
    places.leave("192.0.2.1")
    places.take("192.0.2.2")


def test_a_proxys_connections_count_in_all_alone() -> None:
    places = Places(limit=3, limit_of_one=1, is_proxy=lambda address: address == "10.0.0.1")
    for _ in range(3):
        places.take("10.0.0.1")
    with pytest.raises(GatewayFullError):
        places.take("10.0.0.1")
    with places.hold("192.0.2.1"), pytest.raises(TooManyConnectionsError), places.hold("192.0.2.1"):
        pass
    with places.hold("192.0.2.1"):
        places.leave("10.0.0.1")
        with pytest.raises(TooManyConnectionsError):
            places.take("192.0.2.1")
    places.take("192.0.2.1")


@pytest.mark.parametrize(
    ("peer", "source"),
    [
        (("10.1.2.3", 5), "10.1.2.3"),
        (("2001:db8:1:2:aaaa::1", 5, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 5, 0, 2), "fe80::/64"),
        (("::ffff:10.1.2.3", 5, 0, 0), "10.1.2.3"),
        ("", ""),
    ],
)
def test_an_ipv6_host_has_one_place_however_many_addresses(peer: object, source: str) -> None:
    class Transport(asyncio.BaseTransport):
        @override
        def get_extra_info(self, name: str, default: object = None) -> object:
            return peer if name == "peername" else default

    assert source_of(peer_of(Transport())) == source


async def test_at_a_stop_each_answer_is_the_last_of_its_connection(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    for _ in range(2):  # the first keeps the connection
        writer.write(PLAIN + b"\r\n")
        assert b"Connection: close" not in await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"}")
    runner = client.server.runner
    assert isinstance(runner, web.AppRunner)
    ending = asyncio.create_task(wind_down(runner))
    await asyncio.sleep(0.05)
    assert not ending.done()
    writer.write(PLAIN + b"\r\n")
    async with asyncio.timeout(20):
        assert b"Connection: close" in await reader.read()
    writer.close()
    await asyncio.wait_for(ending, 20)


async def close_half(client: Client, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (PLAIN + b"\r\n", [200]),
        ((PLAIN + b"\r\n") * 2, [200, 200]),
        (b"POST /api/v1/exports HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", [401]),
    ],
)
async def test_whoever_has_said_all_and_closes_its_half_is_answered(
    client: Client, sent: bytes, statuses: list[int]
) -> None:
    answer = await close_half(client, sent)
    assert [int(each[:3]) for each in answer.split(b"HTTP/1.1 ")[1:]] == statuses


@pytest.mark.parametrize("sent", [b"", PLAIN])
async def test_whoever_has_more_to_say_and_cannot_is_gone(client: Client, sent: bytes) -> None:
    assert await close_half(client, sent) == b""
