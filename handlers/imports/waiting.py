"""Waits until a node that another import has staged is visible, or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from handlers.attempts.context import Context
from handlers.cleanup.orphans import PAUSE_SECONDS, clear_holder
from shared.errors import NodeStagedError
from shared.ports.graph_target import GraphImport, GraphTarget

Result = TypeVar("Result")


class GiveWay(Exception):  # noqa: N818 - a signal within the import, not an error
    """Two imports wait for each other: the younger must take back what it has written, and begin again."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class HolderWaiting:
    """The waits of one import; an older import never gives way, so that no two give way to each other."""

    def __init__(self, opened: GraphImport, target: GraphTarget, context: Context) -> None:
        self._opened = opened
        self._target = target
        self._context = context

    async def repeat(self, write: Callable[[], Awaitable[Result]]) -> Result:
        """Write, again as long as a node in the way is staged. Raises: GiveWay; what `write` and advance raise."""
        waited = False
        while True:
            try:
                result = await write()
            except NodeStagedError as error:
                waited = True
                await self._wait(error.holder)
            else:
                if waited:
                    await self._opened.note_waiting(False)
                return result

    async def _wait(self, holder: str) -> None:
        await self._opened.note_waiting(True)
        self._context.log.info("a shared node is staged by another import", job=holder)
        if await self._waits_too(holder):
            raise GiveWay(holder)
        await wait_a_little(holder, self._target, self._context)

    async def _waits_too(self, holder: str) -> bool:
        if holder > self._context.job.id:
            return False
        return any(each.job_id == holder and each.is_waiting for each in await self._target.list_imports())


async def wait_a_little(holder: str, target: GraphTarget, context: Context) -> None:
    """Let some time pass; an orphan in the way is cleared. Raises: as advance."""
    await clear_holder(holder, target, context)
    await context.advance(context.lease.progress)
    await asyncio.sleep(PAUSE_SECONDS)


async def wait_for_end(holder: str, target: GraphTarget, context: Context) -> None:
    """Wait until an import has ended. Raises: as advance."""
    while any(each.job_id == holder for each in await target.list_imports()):
        await wait_a_little(holder, target, context)
