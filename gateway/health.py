"""Liveness and readiness: whether the gateway runs, and which engines it reaches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

from aiohttp import web
from typing_extensions import TypedDict

from gateway.bodies.responses import respond_json
from gateway.keys import RESOURCES
from shared.checkup import ask
from shared.errors import UnavailableError
from shared.ports.jobs import WorkerFacts
from shared.resources import Resources

CHECK_SECONDS = 3.0
"""How long an engine may take to answer before it counts as unreachable."""


class LivenessAnswer(TypedDict):
    """That the process answers."""

    status: str


class ReadinessAnswer(TypedDict):
    """Each engine by name with `ok` or what is wrong, how many workers live, and how many of them have odd clocks."""

    status: str
    checks: Mapping[str, str]
    workers: int | None
    odd_clocks: int | None


async def get_liveness(request: web.Request) -> web.Response:
    """GET /livez, /healthz: the process answers."""
    del request
    return respond_json({"status": "ok"})


async def get_readiness(request: web.Request) -> web.Response:
    """GET /readyz: each engine by name, and how many workers live; 503 while any engine is unreachable.

    Without a worker a gateway is ready all the same: it accepts jobs, which wait. So it is when workers' clocks are
    odd, for these tell no time that counts.
    """
    resources = request.app[RESOURCES]
    checks, workers = await asyncio.gather(check_engines(resources), _list_workers(resources))
    is_ready = all(state == "ok" for state in checks.values())
    content = ReadinessAnswer(
        status="ok" if is_ready else "unavailable",
        checks=checks,
        workers=None if workers is None else len(workers),
        odd_clocks=None if workers is None else sum(each.has_odd_clock for each in workers),
    )
    return respond_json(content, status=200 if is_ready else 503)


async def check_engines(resources: Resources) -> Mapping[str, str]:
    """Ask all engines at once; give `ok` or what is wrong, by name."""
    questions: dict[str, Awaitable[object]] = {"valkey": resources.identity.get_tenant("readiness")}
    questions |= {f"database {name}": source.engine_version() for name, source in resources.sources.items()}
    states = await asyncio.gather(*map(_ask, questions.values()))
    return dict(zip(questions, states, strict=True))


async def _ask(question: Awaitable[object]) -> str:
    try:
        await ask(question, seconds=CHECK_SECONDS)
    except UnavailableError as error:
        return f"unreachable: {error.message}"
    return "ok"


async def _list_workers(resources: Resources) -> Sequence[WorkerFacts] | None:
    """List the workers that live; None when the store cannot tell."""
    try:
        return await ask(resources.jobs.list_workers(), seconds=CHECK_SECONDS)
    except UnavailableError:
        return None
