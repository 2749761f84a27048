"""What every part works with."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.bench.database import BenchDatabase
from infra.bench.graphs import BenchGraph
from infra.bench.observation import Seen, observe, read_cpu
from infra.bench.pairing import Side, compare
from infra.bench.results import Results, Spent
from infra.bench.scale import Scale
from infra.client import GatewayClient
from infra.console import say
from infra.engines.process import EngineError
from infra.stack.stack import Stack
from shared.jobs.requests import DEFAULT_WRITTEN_ROWS

TENANT = "acme"
NEIGHBOUR_TENANT = "globex"
SOURCE = "source"
TARGET = "target"

PROCESSES = {"worker-1": "worker", "gateway": "gateway", "neo4j-source": "source", "neo4j-target": "target"}
"""What figures call the processes of a stack."""

_WARM_UP_ELEMENTS = 20_000

TINY = 100
"""Elements of a graph so small that a job is all waiting."""


@dataclass(slots=True)
class _Source:
    """What the source database holds."""

    graph: str | None = None
    counts: tuple[int, int] = (0, 0)
    """Of nodes and of relationships."""
    archive: str | None = None
    """The newest export of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A running stack with two databases, the second empty unless something is being imported."""

    stack: Stack
    client: GatewayClient
    scale: Scale
    checkout: Path
    source: BenchDatabase
    target: BenchDatabase
    results: Results
    _source: _Source = field(default_factory=_Source)

    @property
    def folder(self) -> Path:
        """Where servers and peers may write files."""
        return self.stack.plan.settings.data_dir

    @property
    def archives(self) -> Path:
        """Where the tenant's archives are."""
        return self.stack.plan.settings.archives_dir / TENANT

    @property
    def gaps(self) -> Path:
        """Where watched rooms write how late they were."""
        return gaps_in(self.folder)

    async def have(self, make: Callable[[int], BenchGraph], elements: int | None = None) -> int:
        """Have a graph of this kind, and nothing else, in the source; return its number of elements."""
        graph = make(elements or self.scale.elements)
        key = f"{graph.name} {elements or self.scale.elements}"
        if self._source.graph != key:
            self._source.graph = None
            say(f"Loading the graph {key} …")
            await asyncio.to_thread(self.source.empty)
            await asyncio.to_thread(self.source.load, graph)
            self._source.counts = await asyncio.to_thread(self.source.count)
            self._source.graph, self._source.archive = key, None
        return sum(self.counts)

    async def warm_up(self, make: Callable[[int], BenchGraph]) -> None:
        """Move a small graph everywhere, so that nothing measured pays for the first steps of a server or worker."""
        await self.have(make, min(_WARM_UP_ELEMENTS, self.scale.elements))
        await self.import_archive()
        await self.export(TARGET)
        await self.import_archive(SOURCE, "Copy")
        await self.empty_target()
        self.spoil()

    def spoil(self) -> None:
        """Say that the source holds something beside the graph, so that it will be loaded again."""
        self._source.graph = f"{self.application} spoiled"

    @property
    def counts(self) -> tuple[int, int]:
        """Of the nodes and of the relationships of the graph in the source."""
        return self._source.counts

    @property
    def graph(self) -> str:
        """What the source holds: the application's name with its size."""
        return self._source.graph or "nothing"

    @property
    def application(self) -> str:
        """The application in the source."""
        return self.graph.split()[0]

    def export_order(self, database: str = SOURCE) -> Mapping[str, Any]:
        """Ask for the application."""
        return {"database": database, "export_app": self.application}

    async def import_order(self, database: str = TARGET, name: str | None = None) -> Mapping[str, Any]:
        """Ask for it in a database, under another name where one is given, in batches as the native surface's."""
        archive = await self.have_archive()
        order = {"database": database, "import_app": archive, "batch_size": DEFAULT_WRITTEN_ROWS}
        return order if name is None else {**order, "import_as": name}

    async def export(self, database: str = SOURCE) -> float:
        """Export the application; return the seconds from accepted to closed. Raises: EngineError."""
        job = await self.client.carry_out("export", self.export_order(database))
        self._source.archive = job.archive["name"]
        return job_seconds(job.record)

    async def have_archive(self) -> str:
        """Have an export of what the source holds; return its name."""
        if self._source.archive is None:
            await self.export()
        return self._source.archive or ""

    async def import_archive(self, database: str = TARGET, name: str | None = None) -> float:
        """Import the archive; return the seconds from accepted to closed. Raises: EngineError."""
        return job_seconds((await self.client.carry_out("import", await self.import_order(database, name))).record)

    async def overwrite(self) -> float:
        """Import the archive in place of what the target holds; likewise."""
        order = {**await self.import_order(), "on_conflict": "overwrite"}
        return job_seconds((await self.client.carry_out("import", order)).record)

    async def copy(self) -> float:
        """Copy the application into the target; likewise."""
        order = {"from_database": SOURCE, "to_database": TARGET, "applications": [{"name": self.application}]}
        return job_seconds(await carry_out_natively(self.client, "copies", order))

    async def empty_target(self) -> None:
        """Take everything out of the target."""
        await asyncio.to_thread(self.target.empty)

    async def compare(self, name: str, ours: Side, peer: Side, *, rounds: int) -> None:
        """Measure both so often in turn, and what processors do meanwhile."""
        await compare(self.results, name, ours, peer, rounds=rounds, read_spent=self._read_spent)

    def _read_spent(self) -> Spent:
        """Return the processor seconds so far, as `bench` also those of programs that a peer started and that ended."""
        stack = read_cpu(self.stack.pids)
        return {"bench": sum(os.times()[:4]), **{PROCESSES[each]: stack[each] for each in stack.keys() & PROCESSES}}

    def read_all_spent(self) -> float:
        """Return the processor seconds so far of everything that runs for the bench."""
        return sum(os.times()[:4]) + sum(read_cpu(self.stack.pids).values())

    def observe(self) -> AbstractContextManager[Seen]:
        """Watch all processes of the stack."""
        return observe(self.stack.pids, gaps=self.gaps)


async def carry_out_natively(client: GatewayClient, kind: str, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Submit `exports`, `imports` or `copies`; return the record of the closed job. Raises: EngineError."""
    async with client.session.post(f"/api/v1/{kind}", json=order) as response:
        if response.status != 202:
            raise EngineError(f"An order for {kind} was answered {response.status}: {await response.text()}")
        accepted = await response.json()
    return await client.wait_until_closed(accepted["id"])


def gaps_in(folder: Path) -> Path:
    """Return the folder of what watched rooms write."""
    return folder / "gaps"


def job_seconds(record: Mapping[str, Any]) -> float:
    """Return the time from accepted to ended, by the store's clock."""
    return seconds_between(record["created"], record["ended"])


def seconds_between(earlier: str, later: str) -> float:
    """Return the time between two of a record's fields."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
