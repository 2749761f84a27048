"""The client outlives its connections."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
import uvloop

from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.errors import UnknownJobError
from shared.resources import open_job_store
from shared.settings.process import Settings
from tests.support.faults.proxies import Proxy, open_proxy
from tests.support.least_rights import lead_to


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
