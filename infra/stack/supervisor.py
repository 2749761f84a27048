"""Keeps child processes running until it is told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from infra.console import say
from infra.engines.process import STOP_SECONDS, EngineError, Process

_LOOK_SECONDS = 0.1
_FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0

_STEADY_SECONDS = 30.0
"""A child that lived this long is started again after the first, short pause."""

Starter = Callable[[], Process]


@dataclass(slots=True, kw_only=True)
class _Child:
    start: Starter
    process: Process
    started: float
    longest_pause: float
    pause: float = _FIRST_PAUSE_SECONDS
    restarts: int = 0

    def take_pause(self) -> float:
        """Return the pause before the next start, twice the last one unless the child lived long."""
        steady = time.monotonic() - self.started >= _STEADY_SECONDS
        pause = _FIRST_PAUSE_SECONDS if steady else self.pause
        self.pause = min(pause * 2, self.longest_pause)
        return pause

    def restart(self) -> None:
        """Start it again. Raises: EngineError, OSError; then the dead process stays, and a longer pause follows."""
        self.started = time.monotonic()
        self.restarts += 1
        self.process = self.start()


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Children by name, in the order of their start; each that dies is started again after a pause."""

    stop_seconds: float = STOP_SECONDS
    """How long a child that is to stop may take; then it is killed."""
    longest_pause: float = LONGEST_PAUSE_SECONDS
    """The most seconds before a child that dies again and again is started again."""
    _children: dict[str, _Child] = field(default_factory=dict)

    def add(self, start: Starter) -> Process:
        """Start a child and keep it."""
        process = start()
        self._children[process.name] = _Child(
            start=start, process=process, started=time.monotonic(), longest_pause=self.longest_pause
        )
        return process

    @property
    def pids(self) -> Mapping[str, int]:
        """The process ids as they are now."""
        return {name: child.process.pid for name, child in self._children.items()}

    @property
    def restarts(self) -> int:
        """How often the least lucky child was started again."""
        return max((child.restarts for child in self._children.values()), default=0)

    def read_logs(self) -> str:
        """Return what each child said last."""
        return "\n".join(f"{name}:\n{child.process.read_log_tail()}" for name, child in self._children.items())

    def are_alive(self) -> bool:
        """Return whether every child runs."""
        return all(child.process.is_alive for child in self._children.values())

    async def watch(self) -> None:
        """Start dead children again, for ever."""
        async with asyncio.TaskGroup() as watchers:
            for child in self._children.values():
                watchers.create_task(self._keep(child))

    async def stop(self) -> None:
        """End all children at once."""
        children, seconds = self._children.values(), self.stop_seconds
        await asyncio.gather(*(asyncio.to_thread(child.process.stop, seconds=seconds) for child in children))

    async def _keep(self, child: _Child) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not child.process.is_alive:
                await self._restart(child)

    async def _restart(self, child: _Child) -> None:
        name, pause = child.process.name, child.take_pause()
        say(f"{name} ended with exit code {child.process.popen.returncode}: starting it again in {pause:.1f} s")
        await asyncio.sleep(pause)
        try:
            child.restart()
        except (EngineError, OSError) as error:
            say(f"{name} could not be started: {error}")


@asynccontextmanager
async def supervise(
    *, stop_seconds: float = STOP_SECONDS, longest_pause: float = LONGEST_PAUSE_SECONDS
) -> AsyncIterator[Supervisor]:
    """Give a supervisor without children; those that it has at the end are stopped."""
    supervisor = Supervisor(stop_seconds=stop_seconds, longest_pause=longest_pause)
    try:
        yield supervisor
    finally:
        await supervisor.stop()


@asynccontextmanager
async def watched(supervisor: Supervisor) -> AsyncIterator[None]:
    """Keep the children of a supervisor running inside the context."""
    watching = asyncio.create_task(supervisor.watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
