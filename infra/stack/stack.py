"""The whole of Graphferry as processes of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.console import begin
from infra.engines.neo4j import Neo4jServer
from infra.engines.object_stores import ObjectStoreServer
from infra.engines.process import STOP_SECONDS
from infra.engines.valkey import ValkeyServer
from infra.stack.access import grant_access
from infra.stack.data_dir import KEYRING
from infra.stack.machine import require_disk, require_memory
from infra.stack.plan import StackPlan
from infra.stack.readiness import wait_until_ready
from infra.stack.rooms import room_starter
from infra.stack.supervisor import Supervisor, supervise, watched
from shared.resources import open_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A running stack."""

    plan: StackPlan
    engines: Supervisor
    rooms: Supervisor

    @property
    def gateway_url(self) -> str:
        """Where requests go."""
        return f"http://{self.plan.settings.host}:{self.plan.settings.port}"

    @property
    def pids(self) -> Mapping[str, int]:
        """The process ids by name, as they are now."""
        return {**self.engines.pids, **self.rooms.pids}


@asynccontextmanager
async def open_stack(plan: StackPlan, *, environ: Mapping[str, str], checkout: Path) -> AsyncIterator[Stack]:
    """Start everything, wait until it is ready, stop it in reverse. Raises: EngineError."""
    require_disk(plan.settings.data_dir, databases=len(plan.neo4j))
    require_memory(heaps_megabytes=[server.heap_megabytes for server in plan.neo4j.values()], rooms=1 + plan.workers)
    async with AsyncExitStack() as exits:
        engines = await exits.enter_async_context(supervise())
        await _start_engines(plan, engines)
        await exits.enter_async_context(watched(engines))
        begin("Letting in the tenants and their users")
        async with open_identity(plan.settings) as identity:
            await grant_access(identity, plan.keyring, databases=tuple(plan.settings.databases))
        plan.keyring.write(plan.settings.data_dir / KEYRING)
        patience = STOP_SECONDS + plan.settings.drain_seconds
        rooms = await exits.enter_async_context(supervise(stop_seconds=patience, longest_pause=plan.longest_pause))
        _start_rooms(plan, rooms, environ=environ, checkout=checkout)
        await exits.enter_async_context(watched(rooms))
        stack = Stack(plan=plan, engines=engines, rooms=rooms)
        begin("Waiting until they are ready")
        await wait_until_ready(stack.gateway_url, rooms, workers=plan.workers)
        yield stack


async def _start_engines(plan: StackPlan, engines: Supervisor) -> None:
    servers: list[Neo4jServer | ValkeyServer | ObjectStoreServer] = [
        *([plan.valkey] if plan.valkey else []),
        *([plan.objects] if plan.objects else []),
        *plan.neo4j.values(),
    ]
    if servers:
        begin(f"Starting {', '.join(server.name for server in servers)}")
    started = [(server, engines.add(server.start)) for server in servers]
    await asyncio.gather(*(asyncio.to_thread(server.wait_until_ready, process) for server, process in started))


def _start_rooms(plan: StackPlan, rooms: Supervisor, *, environ: Mapping[str, str], checkout: Path) -> None:
    begin(f"Starting the gateway and {plan.workers} worker{'s' if plan.workers > 1 else ''}")
    names = {"gateway": "gateway"} | {f"worker-{number}": "handlers" for number in range(1, plan.workers + 1)}
    for name, module in names.items():
        metrics_port = plan.settings.metrics_port if module == "gateway" else 0
        rooms.add(
            room_starter(
                name,
                [*plan.room_program, module],
                settings=plan.settings,
                environ=environ,
                checkout=checkout,
                metrics_port=metrics_port,
            )
        )
