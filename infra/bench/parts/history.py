"""Lists, streams and downloads of a tenant with a long history, for whoever sees all, or their own alone."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import aiohttp

from infra.bench.history import RARE_APPLICATION, EndedJob, fill
from infra.bench.workbench import TENANT, Bench
from infra.console import say
from shared.jobs.record import Status

_USERS: Final = ("admin", "supervisor", "user")
_PERCENTS: Final = (50, 95, 99)
_LIVEZ_PAUSE_SECONDS: Final = 0.01

_FIRST: Final = b"retry:"
"""What a stream begins with."""
_EVENT: Final = b"event: job"

_LISTS: Final[Mapping[str, str]] = {
    "jobs": "/api/v1/jobs",
    "failed_jobs": "/api/v1/jobs?status=failed",
    "seldom_jobs": f"/api/v1/jobs?application={RARE_APPLICATION}",
    "archives": "/api/v1/archives",
    "spark_exports": f"/{TENANT}/api/v4/export/status",
    "spark_imports": f"/{TENANT}/api/v4/import/status",
}

_Read: TypeAlias = Callable[[aiohttp.ClientSession, int], Awaitable[float]]
"""Gives the seconds that the read of this number took."""


async def measure_history(bench: Bench) -> None:
    """Fill the store, then read as each user; ask meanwhile again and again whether the gateway lives."""
    scale, settings = bench.scale.history, bench.stack.plan.settings
    say(f"Writing {scale.jobs} jobs, {scale.archives} archives and {scale.tenants} tenants …")
    began = time.perf_counter()
    jobs = await fill(settings, scale, TENANT)
    bench.results.figures["history_fill_seconds"] = time.perf_counter() - began
    with bench.observe() as seen, _asking_livez(bench) as lives:
        for user in _USERS:
            own = [job for job in jobs[-scale.archives :] if job.user == user and job.status is Status.CLOSED]
            await _read_as(bench, user, own)
    bench.results.note_latencies("history_livez_meanwhile", lives, percents=_PERCENTS)
    bench.results.figures["history_gateway_longest_block_ms"] = seen.longest_block_ms.get("gateway")


async def _read_as(bench: Bench, user: str, own: Sequence[EndedJob]) -> None:
    key = bench.stack.plan.keyring.tenants[TENANT][user]
    async with aiohttp.ClientSession(bench.stack.gateway_url, headers={"X-API-KEY": key}) as session:
        for name, read in {**{name: _list(path) for name, path in _LISTS.items()}, **_make_reads(own)}.items():
            seconds = [await read(session, number) for number in range(bench.scale.history.reads)]
            bench.results.note_latencies(f"history_{name}_{user}", seconds, percents=_PERCENTS)


def _make_reads(own: Sequence[EndedJob]) -> Mapping[str, _Read]:
    return {
        "stream_start": partial(_begin_stream, last="", until=_FIRST),
        "stream_from_old_event": partial(_begin_stream, last="1-0", until=_EVENT),
        "download": partial(_download, own),
        "link_download": partial(_download_by_link, own),
    }


def _list(path: str) -> _Read:
    async def read(session: aiohttp.ClientSession, _: int) -> float:
        return await _time_get(session, path)

    return read


async def _time_get(session: aiohttp.ClientSession, url: str) -> float:
    began = time.perf_counter()
    async with session.get(url) as response:
        response.raise_for_status()
        await response.read()
    return time.perf_counter() - began


async def _begin_stream(session: aiohttp.ClientSession, _: int, *, last: str, until: bytes) -> float:
    headers = {"Last-Event-ID": last} if last else {}
    began = time.perf_counter()
    async with session.get("/api/v1/events", headers=headers) as response:
        response.raise_for_status()
        while until not in await response.content.readline():
            pass
        seconds = time.perf_counter() - began
        response.close()
    return seconds


async def _download(own: Sequence[EndedJob], session: aiohttp.ClientSession, number: int) -> float:
    return await _time_get(session, f"/api/v1/archives/{own[number % len(own)].archive}")


async def _download_by_link(own: Sequence[EndedJob], session: aiohttp.ClientSession, number: int) -> float:
    async with session.post(f"/api/v1/archives/{own[number % len(own)].archive}/link") as response:
        response.raise_for_status()
        url = urlsplit((await response.json())["url"])
    return await _time_get(session, url.path)


@contextmanager
def _asking_livez(bench: Bench) -> Iterator[list[float]]:
    """Ask from a thread of its own, which no answer to another read holds up; give the seconds of each."""
    seconds, stop = list[float](), threading.Event()
    asking = threading.Thread(target=_ask_livez, args=(bench.stack.gateway_url, seconds, stop))
    asking.start()
    try:
        yield seconds
    finally:
        stop.set()
        asking.join()


def _ask_livez(url: str, seconds: list[float], stop: threading.Event) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    while not stop.wait(_LIVEZ_PAUSE_SECONDS):
        began = time.perf_counter()
        connection.request("GET", "/livez")
        connection.getresponse().read()
        seconds.append(time.perf_counter() - began)
    connection.close()
