"""Runs the whole stack in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import os
from functools import partial
from pathlib import Path

from infra.console import say
from infra.stack.data_dir import hold_data_dir
from infra.stack.foreground import INTERRUPTED, run_in_foreground, with_errors_told
from infra.stack.plan import StackPlan, StackRequest
from infra.stack.ready_file import write_ready_file
from infra.stack.stack import Stack, open_stack

_LOOK_SECONDS = 0.2
"""How soon the ready file follows a process that was started again."""


def run_up(checkout: Path, arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C, which are its proper end; return the exit code."""
    code = with_errors_told(partial(_prepare, checkout, arguments))
    return 0 if code == INTERRUPTED else code


def _prepare(checkout: Path, arguments: argparse.Namespace) -> int:
    request = StackRequest(
        data_dir=arguments.data_dir.resolve(),
        tenants=arguments.tenants,
        databases=arguments.databases,
        workers=arguments.workers,
        neo4j_version=arguments.neo4j_version,
        longest_pause=float(arguments.restart_seconds),
    )
    with hold_data_dir(request.data_dir):
        plan = StackPlan.make(request, os.environ)
        plan.download()
        return run_in_foreground(_run(plan, checkout, arguments.ready_file))


async def _run(plan: StackPlan, checkout: Path, ready_file: Path | None) -> int:
    _remove(ready_file)
    try:
        async with open_stack(plan, environ=os.environ, checkout=checkout) as stack:
            await stay_up(stack, ready_file)
    finally:
        _remove(ready_file)
    return 0


def _remove(ready_file: Path | None) -> None:
    """Let nobody take a stack for ready that is not yet, or no longer."""
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)


async def stay_up(stack: Stack, ready_file: Path | None) -> None:
    """Say how to reach the stack, keep the ready file true, for ever."""
    plan = stack.plan
    say(f"Ready: {stack.gateway_url} (databases: {', '.join(plan.settings.databases)})")
    say(f"  Admin Center: {stack.gateway_url}/admin/")
    say(f"  key of the super administrator: {plan.keyring.super_admin}")
    for tenant in plan.tenants:
        say(f"  key of {tenant}'s admin: {plan.keyring.tenants[tenant]['admin']}")
    written: dict[str, int] = {}
    while True:
        if ready_file is not None and written != stack.pids:
            written = dict(stack.pids)
            write_ready_file(ready_file, stack)
        await asyncio.sleep(_LOOK_SECONDS)
