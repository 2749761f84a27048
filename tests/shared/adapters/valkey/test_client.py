"""The client outlives its connections."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
import uvloop

from shared.adapters.valkey.client import open_valkey, send
from shared.adapters.valkey.client_internals import ClosedError
from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.errors import UnknownJobError
from shared.resources import open_job_store
from shared.settings.process import Settings
from tests.support.faults.proxies import Proxy, open_proxy
from tests.support.least_rights import as_owner, lead_to


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_connection_that_was_reset_is_replaced_under_every_event_loop(valkey_url: str, new_loop: object) -> None:
    assert callable(new_loop)
    with open_proxy(urlsplit(valkey_url).port or 0) as proxy, asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(reset_and_ask_again(lead_to(valkey_url, proxy.port), proxy))


async def reset_and_ask_again(url: str, proxy: Proxy) -> None:
    async with open_job_store(Settings(valkey_url=url)) as jobs:
        assert isinstance(jobs, ValkeyJobStore)
        for _ in range(3):
            with pytest.raises(UnknownJobError):
                await jobs.get("none")
            assert await jobs.reap() == 0
            await asyncio.to_thread(proxy.reset)
            await asyncio.sleep(0.05)  # until the loop knows


async def test_a_closed_client_connects_no_more(valkey_url: str) -> None:
    async with open_valkey(valkey_url) as client:
        assert await client.ping()
    with pytest.raises(ClosedError):
        await client.ping()


async def test_a_command_that_the_closing_breaks_off_is_not_repeated(valkey_url: str) -> None:
    async with open_valkey(as_owner(valkey_url)) as client:
        waiting = asyncio.create_task(send(client, "BLPOP", "nothing", 0))
        async with asyncio.timeout(20):
            while (await client.info("clients"))["blocked_clients"] == 0:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
    with pytest.raises(ClosedError):
        await waiting


async def test_who_connects_while_the_client_closes_leaves_nothing_open(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, really = asyncio.Event(), asyncio.Event(), asyncio.open_connection
    opened: list[asyncio.StreamWriter] = []

    async def open_late(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        begun.set()
        await goes_on.wait()
        reader, writer = await really(host, port)
        opened.append(writer)
        return reader, writer

    monkeypatch.setattr(asyncio, "open_connection", open_late)
    async with open_valkey(valkey_url) as client:
        asking = asyncio.ensure_future(client.ping())
        await begun.wait()
    goes_on.set()
    with pytest.raises(ClosedError):
        await asking
    assert [each.is_closing() for each in opened] == [True]
