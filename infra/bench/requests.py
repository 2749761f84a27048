"""Authenticated status reads beside a bare aiohttp answer of the same size."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp

from infra.engines.ports import choose_port

CONNECTIONS = 16
"""Requests under way at once: enough that the server, not the client's waiting, sets the pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRates:
    """Requests per second, medians over the rounds, the two measured in turn."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """Ours by bare: 1 is as fast as an answer can be."""
        return self.ours / self.bare


async def measure_reads(url: str, *, key: str, path: str, rounds: int, requests: int, checkout: Path) -> ReadRates:
    """Read one job's status again and again, in turn with the bare server (A B A B)."""
    async with aiohttp.ClientSession(headers={"X-API-KEY": key}) as session:
        async with session.get(url + path) as response:
            response.raise_for_status()
            body = await response.read()
        async with _bare_server(body, session, checkout) as bare_url:
            ours, bare = [], []
            for _ in range(rounds):
                ours.append(await _rate(session, url + path, requests))
                bare.append(await _rate(session, bare_url + path, requests))
    return ReadRates(ours=median(ours), bare=median(bare))


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
        [sys.executable, "-m", "infra.bench.bare_server", str(port)], stdin=subprocess.PIPE, cwd=checkout
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
