"""Liveness and readiness: whether the gateway runs, and whether it can take jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

from aiohttp import web
from typing_extensions import TypedDict

from gateway.bodies.responses import respond_json
from gateway.keys import RESOURCES
from shared.checkup.findings import ask
from shared.errors import GraphferryError, StoreUnavailableError, UnavailableError
from shared.ports.jobs import WorkerFacts
from shared.resources import Resources

CHECK_SECONDS = 3.0
"""How long an engine may take to answer before it counts as unavailable."""


class LivenessAnswer(TypedDict):
    """That the process answers."""

    status: str


class ReadinessAnswer(TypedDict):
    """Each engine by name with `ok` or what is wrong, how many workers live, and how many of them have odd clocks."""

    status: str
    """ok, degraded where a database is out of reach, unavailable where jobs cannot be taken."""
    checks: Mapping[str, str]
    workers: int | None
    odd_clocks: int | None


async def get_liveness(request: web.Request) -> web.Response:
    """GET /livez, /healthz: the process answers."""
    del request
    return respond_json({"status": "ok"})


async def get_readiness(request: web.Request) -> web.Response:
    """GET /readyz: 200 while the store takes writes and archives can be written; every engine by name, and workers.

    Databases are told, but decide nothing: one tenant's database must not take the gateway from all others. Without a
    worker it is ready as well: it accepts jobs, which wait. So it is when workers' clocks are odd, for these tell no
    time that counts.
    """
    resources = request.app[RESOURCES]
    needed, databases, workers = await asyncio.gather(
        _check_needed(resources), _check_databases(resources), _list_workers(resources)
    )
    is_ready = _are_well(needed)
    content = ReadinessAnswer(
        status=_name_state(is_ready=is_ready, is_whole=_are_well(databases)),
        checks={**needed, **databases},
        workers=None if workers is None else len(workers),
        odd_clocks=None if workers is None else sum(each.has_odd_clock for each in workers),
    )
    return respond_json(content, status=200 if is_ready else 503)


def _name_state(*, is_ready: bool, is_whole: bool) -> str:
    if not is_ready:
        return "unavailable"
    return "ok" if is_whole else "degraded"


def _are_well(checks: Mapping[str, str]) -> bool:
    return all(state == "ok" for state in checks.values())


async def _check_needed(resources: Resources) -> Mapping[str, str]:
    """Find out whether jobs can be taken and archives written; give `ok` or what is wrong, by name."""
    return await _ask_all({"valkey": _require_writes(resources), "archives": _require_folder(resources)})


async def _check_databases(resources: Resources) -> Mapping[str, str]:
    """Ask all databases at once; give `ok` or what is wrong, by name."""
    return await _ask_all({f"database {name}": each.engine_version() for name, each in resources.sources.items()})


async def _require_writes(resources: Resources) -> None:
    if (refusal := await resources.jobs.find_write_refusal()) is not None:
        raise StoreUnavailableError(f"takes no writes: {refusal}")


async def _require_folder(resources: Resources) -> None:
    if (fault := (await resources.archives.try_root()).fault) is not None:
        raise UnavailableError(fault)


async def _ask_all(questions: Mapping[str, Awaitable[object]]) -> Mapping[str, str]:
    states = await asyncio.gather(*map(_ask, questions.values()))
    return dict(zip(questions, states, strict=True))


async def _ask(question: Awaitable[object]) -> str:
    try:
        await ask(question, seconds=CHECK_SECONDS)
    except GraphferryError as error:
        return f"unavailable: {error.message}"
    return "ok"


async def _list_workers(resources: Resources) -> Sequence[WorkerFacts] | None:
    """List the workers that live; None when the store cannot tell."""
    try:
        return await ask(resources.jobs.list_workers(), seconds=CHECK_SECONDS)
    except UnavailableError:
        return None
