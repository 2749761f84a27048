"""What a proxy says is believed where the settings trust it, and as far as it said so itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.dialects.native.events import endpoints
from gateway.server.front import read_address
from shared.settings.process import Settings, SettingsError
from tests.gateway.conftest import Client, StartGateway, World

HERE = "127.0.0.1"
SAID = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ferry.example", "X-Forwarded-Prefix": "/tools/ferry"}


async def start(world: World, start_gateway: StartGateway, proxies: Sequence[str] = (HERE,), **changes: Any) -> Client:
    named = {"public_url": None, "trusted_proxies": proxies, "host": "0.0.0.0", "port": 8099, **changes}
    settings = Settings.model_validate({**world.settings.model_dump(), **named})
    return await start_gateway(replace(world, settings=settings).resources())


async def base_told(client: Client, headers: dict[str, str]) -> str:
    (server,) = (await (await client.get("/openapi.json", headers=headers)).json())["servers"]
    return str(server["url"])


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ({}, "https://ferry.example/tools/ferry"),
        ({"X-Forwarded-Prefix": "/"}, "https://ferry.example"),
        ({"X-Forwarded-Host": "ferry.example:8443"}, "https://ferry.example:8443/tools/ferry"),
        ({"X-Forwarded-Host": "[2001:db8::1]:80"}, "https://[2001:db8::1]:80/tools/ferry"),
        ({"X-Forwarded-Host": "evil.example, ferry.example"}, "https://ferry.example/tools/ferry"),
    ],
)
async def test_links_begin_as_the_callers_address_does(
    world: World, start_gateway: StartGateway, said: dict[str, str], base: str
) -> None:
    client = await start(world, start_gateway)
    assert await base_told(client, {**SAID, **said}) == base


@pytest.mark.parametrize(
    "said",
    [
        {"X-Forwarded-Host": ""},
        {"X-Forwarded-Host": "user@evil.example"},
        {"X-Forwarded-Host": "evil.example/path"},
        {"X-Forwarded-Host": "[::::]"},
        {"X-Forwarded-Host": "[1:2]:80"},
        {"X-Forwarded-Host": "[1.2.3.4]"},
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-Forwarded-Prefix": "tools"},
        {"X-Forwarded-Prefix": '/"><script>'},
    ],
)
async def test_what_makes_no_address_is_not_taken(
    world: World, start_gateway: StartGateway, said: dict[str, str]
) -> None:
    client = await start(world, start_gateway)
    assert await base_told(client, {**SAID, **said, "Host": "evil.example"}) == "http://0.0.0.0:8099"


async def test_nobody_else_is_believed(world: World, start_gateway: StartGateway) -> None:
    for proxies in ((), ("10.0.0.0/8", "::1")):
        client = await start(world, start_gateway, proxies)
        assert await base_told(client, {**SAID, "Host": "evil.example"}) == "http://0.0.0.0:8099"


async def test_a_base_that_is_set_stays(world: World, start_gateway: StartGateway) -> None:
    client = await start(world, start_gateway, public_url="https://one.example/base/")
    assert await base_told(client, SAID) == "https://one.example/base"


async def fail(client: Client, came_by: str) -> int:
    headers = {"X-API-KEY": "wrong", "X-Forwarded-For": came_by}
    return (await client.get("/api/v1/me", headers=headers)).status


async def test_bad_keys_count_for_the_nearest_that_is_no_proxy(world: World, start_gateway: StartGateway) -> None:
    client = await start(world, start_gateway, (HERE, "10.0.0.0/8"))
    came_by = ["192.0.2.1", "198.51.100.9, 192.0.2.1", "192.0.2.1, 10.1.2.3", "192.0.2.1:5044", "x, 192.0.2.1"]
    assert [await fail(client, each) for each in came_by] == [401, 401, 401, 429, 429]
    assert await fail(client, "192.0.2.1, 192.0.2.2") == 401
    assert await fail(client, "192.0.2.1, nonsense") == 401


async def test_bad_keys_count_for_the_connection_where_nobody_is_trusted(client: Client) -> None:
    assert [await fail(client, f"192.0.2.{each}") for each in range(4)] == [401, 401, 401, 429]


async def hold(client: Client, world: World, address: str) -> Any:
    """Begin a stream, and leave it open."""
    headers = {**world.as_("admin"), "X-Forwarded-For": address}
    return await client.get("/api/v1/events", headers=headers)


async def test_a_proxys_connections_count_for_its_callers(
    world: World, start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "HEARTBEAT_SECONDS", 0.05)  # so soon shows who left
    client = await start(world, start_gateway, max_connections_per_address=2, max_connections=7)
    streams = [await hold(client, world, address) for address in ["192.0.2.1"] * 2 + ["192.0.2.2"] * 2]
    refused = await hold(client, world, "192.0.2.1")
    assert (refused.status, (await refused.json())["code"]) == (429, "TOO_MANY_CONNECTIONS")
    assert [each.status for each in streams] == [200] * 4
    assert (await client.get("/livez")).status == 200
    streams[0].close()
    async with asyncio.timeout(20):
        while (again := await hold(client, world, "192.0.2.1")).status == 429:
            await again.read()
            await asyncio.sleep(0.05)
    assert again.status == 200
    for each in (*streams, again):
        each.close()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("_hidden:80", None),
        ("[", None),
        ("", None),
    ],
)
def test_addresses_come_in_several_forms(text: str, address: str | None) -> None:
    read = read_address(text)
    assert (None if read is None else str(read)) == address


@pytest.mark.parametrize("text", ['["ferry.example"]', '["10.0.0.1/8"]', '"10.0.0.1"', "10.0.0.1"])
def test_a_proxy_is_named_by_an_address_or_a_network(text: str) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        Settings.from_environ({"GRAPHFERRY_TRUSTED_PROXIES": text})
