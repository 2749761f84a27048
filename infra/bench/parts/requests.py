"""Authenticated status reads beside a bare aiohttp answer of the same size, in requests a second."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp

from infra.bench.graphs import power_law
from infra.bench.pairing import Side, compare
from infra.bench.workbench import TENANT, TINY, Bench
from infra.engines.ports import choose_port

CONNECTIONS = 16
"""Requests under way at once: enough that the server, not the client's waiting, sets the pace."""


async def measure_requests(bench: Bench) -> None:
    """Read one job's status again and again, with as many bytes from the bare server."""
    key = bench.stack.plan.keyring.tenants[TENANT]["admin"]
    await bench.have(power_law, elements=TINY)
    job = await bench.client.carry_out("export", bench.export_order())
    url = f"{bench.stack.gateway_url}/api/v1/jobs/{job.record['id']}"
    async with aiohttp.ClientSession(headers={"X-API-KEY": key}) as session:
        async with session.get(url) as response:
            response.raise_for_status()
            body = await response.read()
        async with _bare_server(body, session, bench.checkout) as bare_url:
            await compare(
                bench.results,
                "status_reads_vs_bare_aiohttp",
                Side(name="ours", measure=partial(_rate, session, url, bench.scale.requests)),
                Side(name="bare aiohttp", measure=partial(_rate, session, bare_url, bench.scale.requests)),
                rounds=bench.scale.short_rounds,
            )


async def _rate(session: aiohttp.ClientSession, url: str, requests: int) -> float:
    async def read_some(count: int) -> None:
        for _ in range(count):
            async with session.get(url) as response:
                response.raise_for_status()
                await response.read()

    began = time.perf_counter()
    await asyncio.gather(*(read_some(requests // CONNECTIONS) for _ in range(CONNECTIONS)))
    return (requests // CONNECTIONS) * CONNECTIONS / (time.perf_counter() - began)


@asynccontextmanager
async def _bare_server(body: bytes, session: aiohttp.ClientSession, checkout: Path) -> AsyncIterator[str]:
    port = choose_port()
    process = subprocess.Popen(  # noqa: ASYNC220 - starting it is not what is measured
        [sys.executable, "-m", "infra.bench.peers.bare_server", str(port)], stdin=subprocess.PIPE, cwd=checkout
    )
    try:
        assert process.stdin is not None
        process.stdin.write(body)
        process.stdin.close()
        url = f"http://127.0.0.1:{port}"
        await _wait_until_served(session, url)
        yield url
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def _wait_until_served(session: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                async with session.get(url + "/ready"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
