"""Keeps child processes running until it is told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.console import say
from infra.engines.process import Process

_LOOK_SECONDS = 0.1
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0

_STEADY_SECONDS = 30.0
"""A child that lived this long is started again after the first, short pause."""

Starter = Callable[[], Process]


@dataclass(slots=True, kw_only=True)
class _Child:
    start: Starter
    process: Process
    started: float
    pause: float = _FIRST_PAUSE_SECONDS

    def lengthen_pause(self) -> float:
        """Return the pause before the next start, twice the last one unless the child lived long."""
        steady = time.monotonic() - self.started >= _STEADY_SECONDS
        pause = _FIRST_PAUSE_SECONDS if steady else self.pause
        self.pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        return pause


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Children by name, in the order of their start; each that dies is started again after a pause."""

    on_restart: Callable[[], None] = lambda: None
    _children: dict[str, _Child] = field(default_factory=dict)

    def add(self, start: Starter) -> Process:
        """Start a child and keep it."""
        process = start()
        self._children[process.name] = _Child(start=start, process=process, started=time.monotonic())
        return process

    @property
    def pids(self) -> Mapping[str, int]:
        """The process ids as they are now."""
        return {name: child.process.pid for name, child in self._children.items()}

    async def watch(self) -> None:
        """Start dead children again, for ever."""
        async with asyncio.TaskGroup() as watchers:
            for child in self._children.values():
                watchers.create_task(self._keep(child))

    async def _keep(self, child: _Child) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not child.process.is_alive:
                pause = child.lengthen_pause()
                code = child.process.popen.returncode
                say(f"{child.process.name} ended with exit code {code}: starting it again in {pause:.1f} s")
                await asyncio.sleep(pause)
                child.process = child.start()
                child.started = time.monotonic()
                self.on_restart()

    async def stop(self) -> None:
        """End the children, the last started first: all that are asked to end at once may rely on the others."""
        for child in reversed(self._children.values()):
            await asyncio.to_thread(child.process.stop)
