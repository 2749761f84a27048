"""Measures, prints a table, writes JSON."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from neo4j import GraphDatabase

from infra.bench.latencies import measure_dispatch
from infra.bench.requests import measure_reads
from infra.client import open_client
from infra.console import say
from infra.data_dir import hold_data_dir
from infra.files import write_atomically
from infra.foreground import run_in_foreground, with_errors_told
from infra.plan import StackPlan, StackRequest
from infra.stack import Stack, open_stack
from shared.settings import DatabaseSettings

_TENANT = "acme"
_DATABASE = "source"
_TINY = "Tiny"


def run_bench(checkout: Path, arguments: argparse.Namespace) -> int:
    """Return 0 when everything was measured."""
    return with_errors_told(partial(_prepare, checkout, arguments))


def _prepare(checkout: Path, arguments: argparse.Namespace) -> int:
    data_dir = checkout / "data" / "bench"
    shutil.rmtree(data_dir, ignore_errors=True)
    request = StackRequest(
        data_dir=data_dir, tenants=(_TENANT,), databases=(_DATABASE,), neo4j_version=arguments.neo4j_version
    )
    with hold_data_dir(data_dir):
        plan = StackPlan.make(request, os.environ)
        plan.download()
        return run_in_foreground(_run(plan, checkout, arguments))


async def _run(plan: StackPlan, checkout: Path, arguments: argparse.Namespace) -> int:
    async with open_stack(plan, environ=os.environ, checkout=checkout) as stack:
        await asyncio.to_thread(_seed, plan.settings.databases[_DATABASE])
        results = await _measure(stack, checkout, rounds=5 if arguments.quick else 15)
    for name, value in {**results["figures"], **results["ratios"]}.items():
        say(f"{name:<40} {value:>12,.2f}")
    if arguments.json:
        write_atomically(arguments.json, orjson.dumps(results, option=orjson.OPT_INDENT_2).decode() + "\n", mode=0o644)
    return 0


async def _measure(stack: Stack, checkout: Path, *, rounds: int) -> Mapping[str, Any]:
    settings, key = stack.plan.settings, stack.plan.keyring.tenants[_TENANT]["admin"]
    async with open_client(stack.gateway_url, key=key, imaging_base_path=settings.imaging_base_path) as client:
        dispatch = await measure_dispatch(client, database=_DATABASE, application=_TINY, rounds=10 * rounds)
        job = await client.carry_out("export", {"database": _DATABASE, "export_app": _TINY})
    reads = await measure_reads(
        stack.gateway_url,
        key=key,
        path=f"/api/v1/jobs/{job.record['id']}",
        rounds=rounds,
        requests=2000,
        checkout=checkout,
    )
    return {
        "environment": {"python": platform.python_version(), "machine": platform.platform(), "cores": os.cpu_count()},
        "figures": {
            "dispatch_p50_ms": dispatch.p50,
            "dispatch_p95_ms": dispatch.p95,
            "status_reads_per_second": reads.ours,
            "bare_aiohttp_reads_per_second": reads.bare,
        },
        "ratios": {"status_reads_vs_bare_aiohttp": reads.ratio},
    }


def _seed(database: DatabaseSettings) -> None:
    """Make an application so small that its export is all waiting."""
    auth = (database.user, database.password.get_secret_value())
    with GraphDatabase.driver(database.uri, auth=auth) as driver:
        driver.execute_query(
            "CREATE (:Application {Name: $name}) CREATE (:Tiny {name: 'only'})",
            name=_TINY,
            database_=database.database,
        )
