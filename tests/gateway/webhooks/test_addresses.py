"""No request goes where only we can go."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.webhooks.addresses import Judge
from shared.errors import WebhookAddressError
from shared.settings.process import Settings

PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")

FORBIDDEN = (
    *("127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1"),
    *("fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::"),
    *("64:ff9b::7f00:1", "64:ff9b:1::1", "2001:0:7f00:1::", "100::1", "4000::1"),
)

ODD_TEXTS = (
    "http://hooks.example/",
    "ftp://hooks.example/",
    "//hooks.example/",
    "https:hooks.example/",
    "https:///x",
    "https://",
    "hooks.example",
    "https://ann@hooks.example/",
    "https://ann:s3cret@hooks.example/",
    "https://hooks.example@127.0.0.1/",
    "https://hooks.example/#x",
    "https://hooks.example:8080/",
    "https://hooks.example:22/",
    "https://hooks.example:0/",
    "https://hooks.example:99999/",
    "https://hooks.example:x/",
    "https://hooks.example\\@127.0.0.1/",
    "https://hooks.example /",
    "https://hooks.example/\r\nX: y",
    "https://hooks.example/\x00",
    "https://höoks.example/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.0x1/",
    "https://127.0.0.1./",
    "https://1.2.3.4.5/",
    "https://[::1%25lo]/",
    "https://[fe80::1%eth0]/",
    "https://[::1/",
    "https://hooks..example/",
    "https://.hooks.example/",
    "https://-hooks.example/",
    "https://" + "a" * 64 + ".example/",
    "https://hooks.example/" + "x" * 2048,
)


def make_judge(*found: str, **settings: object) -> Judge:
    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        if not found:
            raise OSError("unknown")
        return found

    return Judge(Settings.model_validate(settings), resolve)


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_what_is_not_public_is_refused_by_itself_and_by_name(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(WebhookAddressError, match="no public address"):
        make_judge().require_text(f"https://{host}/hook")
    with pytest.raises(WebhookAddressError, match="no public address"):
        await make_judge(PUBLIC[0], address).require("https://hooks.example/hook")


@pytest.mark.parametrize("url", ODD_TEXTS)
async def test_an_odd_text_is_refused_whatever_it_leads_to(url: str) -> None:
    with pytest.raises(WebhookAddressError) as refused:
        await make_judge(*PUBLIC).require(url)
    assert "s3cret" not in refused.value.message


@pytest.mark.parametrize(
    "url",
    [
        *("https://hooks.example", "https://hooks.example/a?b=c&d=%20", "HTTPS://Hooks.Example:8443/x"),
        *("https://a-b.xn--hks-sna.example./x", "https://93.184.215.14/", "https://[2606:2800:21f::1]:443/"),
    ],
)
async def test_public_receivers_are_allowed(url: str) -> None:
    await make_judge(*PUBLIC).require(url)


async def test_settings_open_networks_ports_and_http() -> None:
    open_ = make_judge(
        "10.1.2.3",
        "::ffff:10.1.2.4",
        webhook_networks=["10.1.0.0/16", "fd00::/8"],
        webhook_ports=[9000],
        webhook_http=True,
    )
    await open_.require("http://inside.example:9000/")
    open_.require_text("https://[fd00::1]:9000/")
    for refused in ("http://10.2.0.1:9000/", "http://[::ffff:10.2.0.1]:9000/", "http://10.1.2.3/"):
        with pytest.raises(WebhookAddressError):
            open_.require_text(refused)


async def test_nothing_tells_whether_a_name_inside_exists() -> None:
    told = set[str]()
    for found in ([], ["10.1.2.3"], [*PUBLIC, "10.1.2.3"]):
        judge = make_judge(*found)
        for ask in (judge.require("https://hooks.example/"), judge.find("hooks.example", 443)):
            with pytest.raises(WebhookAddressError, match="cannot be found") as refused:
                await ask
            told.add(refused.value.message)
    assert len(told) == 1


async def test_slow_names_hold_back_no_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, look_up = threading.Event(), socket.getaddrinfo

    def wait(host: Any, *rest: Any, **named: Any) -> Any:
        if host != "slow.example":
            return look_up(host, *rest, **named)
        go_on.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    judge = Judge(Settings())
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        asked = [group.create_task(_refuse(judge)) for _ in range(100)]
        try:
            await asyncio.sleep(0.05)
            assert await asyncio.to_thread(lambda: "done") == "done"
            assert not any(each.done() for each in asked)
        finally:
            go_on.set()


async def _refuse(judge: Judge) -> None:
    with pytest.raises(WebhookAddressError):
        await judge.require("https://slow.example/")
