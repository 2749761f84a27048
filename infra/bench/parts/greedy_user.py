"""Plain requests of one tenant while a user of another asks for all he can get, beside the same in quiet."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from infra.bench.graphs import power_law
from infra.bench.peers.greedy_user import KINDS
from infra.bench.workbench import NEIGHBOUR_TENANT, SOURCE, TENANT, Bench, carry_out_natively
from infra.client import open_client

_PAUSE_SECONDS = 0.005
"""Between two reads: somebody who works, not another load."""

_WARM_UP_SECONDS = 2.0
"""Until the greedy one is at it."""

_PATHS: Final = ("/api/v1/me", "/api/v1/jobs", "/api/v1/archives")

_ADDRESS: Final = "127.0.0.2"
"""Of the other tenant: connections are counted by address."""


async def measure_greedy_user(bench: Bench) -> None:
    """Read as a user of the other tenant: in quiet, during each kind of greed, during all of them, in quiet again."""
    await bench.have(power_law)
    archive = await _export_as_user(bench)
    states = {"quiet": [], **{kind: [kind] for kind in KINDS}, "all": [*KINDS], "quiet_again": []}
    for state, kinds in states.items():
        async with _greed(bench, archive, kinds):
            with bench.observe() as seen:
                seconds = await _read_on(bench)
        figures = bench.results.figures
        bench.results.note_latencies(f"other_tenant_{state}", seconds, percents=(50, 99))
        figures[f"other_tenant_{state}_gateway_longest_block_ms"] = seen.longest_block_ms.get("gateway")
        figures[f"other_tenant_{state}_gateway_peak_mb"] = seen.peak_megabytes.get("gateway")


async def _export_as_user(bench: Bench) -> str:
    """Return the name of an archive that the greedy user may inspect."""
    plan = bench.stack.plan
    key, path = plan.keyring.tenants[TENANT]["user"], plan.settings.imaging_base_path
    async with open_client(bench.stack.gateway_url, key=key, imaging_base_path=path) as client:
        order = {"database": SOURCE, "applications": [{"name": bench.application}]}
        record = await carry_out_natively(client, "exports", order)
    name: str = record["archive"]["name"]
    return name


@asynccontextmanager
async def _greed(bench: Bench, archive: str, kinds: Sequence[str]) -> AsyncIterator[None]:
    if not kinds:
        yield
        return
    words = ("-m", "infra.bench.peers.greedy_user", bench.stack.gateway_url, archive, *kinds)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdin=asyncio.subprocess.PIPE, cwd=bench.checkout
    )
    try:
        assert process.stdin is not None
        process.stdin.write(bench.stack.plan.keyring.tenants[TENANT]["user"].encode() + b"\n")
        await asyncio.sleep(_WARM_UP_SECONDS)
        yield
    finally:
        process.kill()
        await process.wait()


async def _read_on(bench: Bench) -> Sequence[float]:
    """Return how long each read took."""
    key = bench.stack.plan.keyring.tenants[NEIGHBOUR_TENANT]["user"]
    connector, end = aiohttp.TCPConnector(local_addr=(_ADDRESS, 0)), time.monotonic() + bench.scale.reading_seconds
    seconds: list[float] = []
    async with aiohttp.ClientSession(
        bench.stack.gateway_url, headers={"X-API-KEY": key}, connector=connector
    ) as session:
        while time.monotonic() < end:
            began = time.perf_counter()
            async with session.get(_PATHS[len(seconds) % len(_PATHS)]) as response:
                response.raise_for_status()
                await response.read()
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(_PAUSE_SECONDS)
    return seconds
