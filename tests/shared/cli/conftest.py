"""A command line with a gateway on doubles behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.cli.client import retrying
from shared.cli.transfers import persistence
from shared.jobs.events import Event
from shared.jobs.record import Job, Outcome, Status
from shared.jobs.summaries import Summary
from tests.gateway.conftest import StartGateway, World, settings, start_gateway, world
from tests.support.command_line import CommandLine
from tests.support.faults.cutting_proxy import CuttingProxy, open_cutting_proxy
from tests.support.summaries import exported

__all__ = ["settings", "start_gateway", "world"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A gateway on doubles behind a proxy that cuts, and whoever sits before it."""

    world: World
    proxy: CuttingProxy
    home: Path
    lines: dict[str, CommandLine] = field(default_factory=dict)

    def as_(self, caller: str) -> CommandLine:
        """Sit down as one of the world's callers."""
        return CommandLine.at(self.proxy.url, self.world.keys[caller], self.home)

    @property
    def closed(self) -> Outcome:
        """The good end of an export of MyApp."""
        application = exported("MyApp", version="2.1.0", nodes=60, relationships=59)
        return Outcome(status=Status.CLOSED, summary=Summary(applications=(application,)))

    async def end(self, job: Job, outcome: Outcome | None = None) -> None:
        """Be the worker that does a job."""
        claim = await self.world.jobs.claim(Event(job_id=job.id, attempt=job.attempt), "worker")
        assert claim is not None
        await self.world.jobs.finish(claim, outcome or Outcome(status=Status.CLOSED))

    @property
    def jobs(self) -> list[Job]:
        """All that the store holds, the oldest first."""
        return sorted(self.world.jobs.jobs.values(), key=lambda job: job.id)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts follow one another at once."""
    for module in (retrying, persistence):
        monkeypatch.setattr(module, "PAUSES", (0.0, 0.0, 0.0, 0.0))


@pytest.fixture
async def desk(world: World, start_gateway: StartGateway, tmp_path: Path) -> AsyncIterator[Desk]:
    client = await start_gateway(world.resources())
    async with open_cutting_proxy(client.port or 0) as proxy:
        yield Desk(world=world, proxy=proxy, home=tmp_path / "home")
