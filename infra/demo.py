"""Moves a sample application from one database to another, telling what happens."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import orjson

from infra.client import EndedJob, open_client
from infra.console import begin, say
from infra.engines.object_stores import use_store_alone
from infra.files import write_atomically
from infra.sample.graph import SampleGraph
from infra.sample.loading import NAME, load_sample, remove_application
from infra.sample.reading import read_sample
from infra.stack.data_dir import empty_data_dir, hold_data_dir
from infra.stack.foreground import run_in_foreground, with_errors_told
from infra.stack.plan import StackPlan, StackRequest
from infra.stack.stack import Stack, open_stack
from infra.stack.up import stay_up

_TENANT = "acme"
_SOURCE = "source"
_TARGET = "target"
_COPY = f"{NAME} (copy)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the demonstration showed; `--json` writes these fields."""

    nodes: int
    relationships: int
    archive: str
    """The archive's path, or its address in the object store."""
    export_seconds: float
    import_seconds: float
    digest_equal: bool


def run_demo(checkout: Path, arguments: argparse.Namespace) -> int:
    """Return 0 when the application arrived equal."""
    return with_errors_told(partial(_prepare, checkout, arguments))


def _prepare(checkout: Path, arguments: argparse.Namespace) -> int:
    request = StackRequest(
        data_dir=arguments.data_dir.resolve(),
        tenants=(_TENANT,),
        databases=(_SOURCE, _TARGET),
        neo4j_version=arguments.neo4j_version,
        is_short_lived=arguments.multiply == 1 and not arguments.keep,
        has_bucket=arguments.archives == "s3",
    )
    with hold_data_dir(request.data_dir):
        empty_data_dir(request.data_dir)
        plan = StackPlan.make(request, os.environ)
        plan.download()
        if plan.objects is not None:
            use_store_alone(os.environ)
        return run_in_foreground(_run(plan, checkout, arguments))


async def _run(plan: StackPlan, checkout: Path, arguments: argparse.Namespace) -> int:
    reading = asyncio.create_task(asyncio.to_thread(read_sample))
    async with open_stack(plan, environ=os.environ, checkout=checkout) as stack:
        await asyncio.to_thread(_load, plan, await reading, arguments.multiply)
        figures = await _transfer(stack)
        if arguments.json:
            write_atomically(arguments.json, orjson.dumps(asdict(figures)).decode() + "\n", mode=0o644)
        if arguments.keep:
            with contextlib.suppress(asyncio.CancelledError):  # Ctrl-C is the proper end
                await stay_up(stack, None)
    return 0 if figures.digest_equal else 1


def _load(plan: StackPlan, graph: SampleGraph, copies: int) -> None:
    begin(f"Building the sample in {_SOURCE}")
    for database, name in ((_SOURCE, NAME), (_TARGET, _COPY)):
        if database not in plan.neo4j:
            remove_application(plan.settings.databases[database], name)
    began = time.perf_counter()
    version = ".".join(map(str, sys.version_info[:3]))
    load_sample(plan.settings.databases[_SOURCE], graph, version=version, copies=copies)
    say(f"  Python's standard library as a graph of code, in {time.perf_counter() - began:.1f} s")


async def _transfer(stack: Stack) -> Figures:
    """Export, import under another name, export that too: its digest is computed from what the target holds."""
    plan = stack.plan
    key = plan.keyring.tenants[_TENANT]["admin"]
    async with open_client(stack.gateway_url, key=key, imaging_base_path=plan.settings.imaging_base_path) as client:
        begin(f"Exporting {NAME!r} from {_SOURCE}")
        exported = await client.carry_out("export", {"database": _SOURCE, "export_app": NAME})
        _tell(exported)
        archive = _place(plan, exported.archive["name"])
        say(f"  archive: {archive} ({exported.archive['bytes'] / 2**20:.1f} MiB)")
        order = {"database": _TARGET, "import_app": exported.archive["name"], "import_as": _COPY}
        begin(f"Importing it into {_TARGET} as {_COPY!r}")
        imported = await client.carry_out("import", order)
        _tell(imported)
        begin(f"Exporting {_COPY!r} from {_TARGET} to compare")
        again = await client.carry_out("export", {"database": _TARGET, "export_app": _COPY})
        _tell(again)
    return _compare(exported, imported, again, archive=archive)


def _place(plan: StackPlan, name: str) -> str:
    bucket = plan.settings.bucket
    return str(plan.settings.archives_dir / _TENANT / name) if bucket is None else f"{bucket}/archives/{_TENANT}/{name}"


def _tell(job: EndedJob) -> None:
    nodes, relationships = job.application["nodes"], job.application["relationships"]
    rate = (nodes + relationships) / job.seconds
    say(f"  {nodes} nodes, {relationships} relationships in {job.seconds:.2f} s ({rate:,.0f} elements/s)")


def _compare(exported: EndedJob, imported: EndedJob, again: EndedJob, *, archive: str) -> Figures:
    digests = [job.application["digest"] for job in (exported, imported, again)]
    digest_equal = len(set(digests)) == 1
    say(f"digest equal: {digests[0]}" if digest_equal else f"digest NOT equal: {', '.join(digests)}")
    return Figures(
        nodes=exported.application["nodes"],
        relationships=exported.application["relationships"],
        archive=archive,
        export_seconds=round(exported.seconds, 3),
        import_seconds=round(imported.seconds, 3),
        digest_equal=digest_equal,
    )
