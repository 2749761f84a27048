"""Measures, prints a table, writes JSON."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from infra.bench.database import BenchDatabase
from infra.bench.environment import describe_environment
from infra.bench.graphs import power_law
from infra.bench.observed_room import FOLDER_VARIABLE
from infra.bench.parts.table import PARTS, QUICK
from infra.bench.peers.procedures import with_procedures
from infra.bench.report import Report
from infra.bench.results import Results
from infra.bench.scale import Scale
from infra.bench.workbench import NEIGHBOUR_TENANT, SOURCE, TARGET, TENANT, Bench, gaps_in
from infra.client import open_client
from infra.console import complain, say
from infra.engines.neo4j import Neo4jServer
from infra.engines.process import EngineError
from infra.stack.data_dir import empty_data_dir, hold_data_dir
from infra.stack.foreground import run_in_foreground, with_errors_told
from infra.stack.plan import StackPlan, StackRequest
from infra.stack.stack import Stack, open_stack
from shared.settings.process import PREFIX

_MOST_REQUESTS = 10_000_000
"""A minute, of the one user who measures: more than any gateway can answer."""
_LARGEST_CSV = 100 * 1024**3

_ROOM_PROGRAM = ("-m", "infra.bench.observed_room")


def run_bench(checkout: Path, arguments: argparse.Namespace) -> int:
    """Return 0 when everything was measured."""
    return with_errors_told(partial(_prepare, checkout, arguments))


def _prepare(checkout: Path, arguments: argparse.Namespace) -> int:
    parts = _choose(arguments.only, is_quick=arguments.quick)
    scale = _scale(arguments)
    data_dir = arguments.data_dir.resolve()
    # What the user has is not for measuring on: the databases are emptied.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environ[FOLDER_VARIABLE] = str(gaps_in(data_dir))
    environ[f"{PREFIX}SPARK_MAX_BYTES"] = str(_LARGEST_CSV)
    environ[f"{PREFIX}REQUESTS_PER_MINUTE"] = str(_MOST_REQUESTS)
    request = StackRequest(
        data_dir=data_dir,
        tenants=(TENANT, NEIGHBOUR_TENANT),
        databases=(SOURCE, TARGET),
        neo4j_version=arguments.neo4j_version,
    )
    with hold_data_dir(data_dir):
        empty_data_dir(data_dir)
        gaps_in(data_dir).mkdir()
        plan = _adapt(StackPlan.make(request, environ), scale)
        report = Report.open(arguments.json, describe_environment(plan, scale), is_partial=arguments.only is not None)
        return run_in_foreground(_run(plan, environ, checkout, scale, parts, report))


def _choose(names: Sequence[str] | None, *, is_quick: bool) -> Sequence[str]:
    """Raises: EngineError."""
    if unknown := set(names or ()) - PARTS.keys():
        raise EngineError(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    if names is None and is_quick:
        say(f"Left out, for --only to measure: {', '.join(name for name in PARTS if name not in QUICK)}.")
    chosen = names or (QUICK if is_quick else PARTS)
    return [name for name in PARTS if name in chosen]


def _scale(arguments: argparse.Namespace) -> Scale:
    chosen = Scale.quick if arguments.quick else partial(Scale.full, is_large=arguments.large)
    scale = chosen(arguments.elements)
    if (rounds := arguments.rounds) is None:
        return scale
    return replace(scale, rounds=rounds, slow_rounds=rounds, short_rounds=rounds)


def _adapt(plan: StackPlan, scale: Scale) -> StackPlan:
    """Give the servers what the scale asks for, and the rooms a watch on their loops. Raises: EngineError."""
    plan.download()
    servers = {name: _adapt_server(server, scale) for name, server in plan.neo4j.items()}
    return replace(plan, neo4j=servers, room_program=_ROOM_PROGRAM)


def _adapt_server(server: Neo4jServer, scale: Scale) -> Neo4jServer:
    adapted = replace(
        server,
        heap_megabytes=scale.heap_megabytes,
        page_cache_megabytes=scale.page_cache_megabytes,
        further_settings={"db.transaction.timeout": "0s"},  # peers do all in one transaction
    )
    try:
        return with_procedures(adapted)
    except EngineError as error:
        complain(str(error))
        return adapted


async def _run(
    plan: StackPlan, environ: Mapping[str, str], checkout: Path, scale: Scale, parts: Sequence[str], report: Report
) -> int:
    async with (
        open_stack(plan, environ=environ, checkout=checkout) as stack,
        _open_bench(stack, checkout, scale) as bench,
    ):
        await bench.warm_up(power_law)
        for part in parts:
            report.add(part, await _measure(bench, part))
    for line in report.to_table():
        say(line)
    return 1 if report.failures else 0


@asynccontextmanager
async def _open_bench(stack: Stack, checkout: Path, scale: Scale) -> AsyncIterator[Bench]:
    settings, key = stack.plan.settings, stack.plan.keyring.tenants[TENANT]["admin"]
    with ExitStack() as exits:
        source, target = (
            exits.enter_context(BenchDatabase.connect(stack.plan.neo4j[name])) for name in (SOURCE, TARGET)
        )
        async with open_client(stack.gateway_url, key=key, imaging_base_path=settings.imaging_base_path) as client:
            yield Bench(
                stack=stack,
                client=client,
                scale=scale,
                checkout=checkout,
                source=source,
                target=target,
                results=Results(),
            )


async def _measure(bench: Bench, part: str) -> Results:
    say(f"{part} …")
    results, began, spent = Results(), time.monotonic(), bench.read_all_spent()
    try:
        await PARTS[part](replace(bench, results=results))
    except EngineError as error:
        results.failures[part] = str(error)
        say(f"  {part}: {error}")
        await asyncio.to_thread(bench.target.empty)
    results.figures[f"{part}_part_seconds"] = time.monotonic() - began
    results.figures[f"{part}_part_processor_seconds"] = bench.read_all_spent() - spent
    return results
