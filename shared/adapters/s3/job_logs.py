"""Logs of jobs as objects, one for each job; while a job runs its lines are elsewhere, where all processes see them.

At a job's end its lines go into the object, then from where they were. Whoever dies between leaves them in both places:
equal lines are one, so they are read once, and the next to put them there changes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.failures import MissingError
from shared.adapters.s3.keys import LOGS, log_key, log_lease, parse_log_key
from shared.adapters.s3.log_lines import writing_lines
from shared.adapters.s3.replacing import Replacing
from shared.adapters.s3.scratch import Scratch
from shared.errors import UnavailableError
from shared.logs import require_segments
from shared.ports.job_logs import LiveLogs, LogName, LogText, WriteLine
from shared.ports.leases import Leases

SPILL_LINES: Final = 1000
"""So many lines of a running job go into the object before its end."""
SPILL_PAUSE_SECONDS: Final = 30.0
"""After one that failed: who writes lines would wait for a store that is away, and lose those that come meanwhile."""
_TURN_SECONDS: Final = 10.0
"""How long to wait for another process that puts lines of the same log into the object."""


class S3JobLogs:
    """Implements the JobLogs port."""

    def __init__(
        self, bucket: Bucket, leases: Leases, live: LiveLogs, scratch: Scratch, conditional: Conditional
    ) -> None:
        self._bucket = bucket
        self._replacing = Replacing(bucket, conditional)
        self._leases = leases
        self._live = live
        self._scratch = scratch
        self._next_spill = 0.0

    def write(self, log: LogName) -> AbstractAsyncContextManager[WriteLine]:
        """Add lines to those of running jobs."""
        require_segments(log.tenant, log.job_id)

        async def append(lines: Sequence[str]) -> None:
            if await self._live.append(log, lines) >= SPILL_LINES and time.monotonic() > self._next_spill:
                await self._spill(log)

        return writing_lines(log, append)

    async def _spill(self, log: LogName) -> None:
        try:
            await self.complete(log)
        except UnavailableError as error:  # the lines are written; later ones try again
            self._next_spill = time.monotonic() + SPILL_PAUSE_SECONDS
            process_log = structlog.get_logger(__name__)
            process_log.warning("a job's log cannot go to the object store now", job=log.job_id, reason=str(error))

    @asynccontextmanager
    async def read(self, log: LogName) -> AsyncIterator[LogText]:
        """Put both parts into a file of this machine."""
        require_segments(log.tenant, log.job_id)
        # Lines that leave one place meanwhile have come to the other before: it is read last.
        lines = await self._live.read(log)
        text = _join(await self._read_kept(log), lines)
        async with self._scratch.open() as file:
            await asyncio.to_thread(file.write, 0, text)
            yield LogText(path=file.path, tag=hashlib.sha256(text).hexdigest())

    async def _read_kept(self, log: LogName) -> bytes:
        try:
            return await self._bucket.get(log_key(log))
        except MissingError:
            return b""

    async def complete(self, log: LogName) -> None:
        """Write the object with all lines, then drop them, as one process at a time."""
        require_segments(log.tenant, log.job_id)
        try:
            async with self._leases.hold(log_lease(log), seconds=_TURN_SECONDS) as lease:
                lines = await self._live.read(log)
                if lines:
                    await self._replacing.replace(log_key(log), partial(_add, lines), lease)
                await self._live.drop(log, lines)
        except TimeoutError:
            raise UnavailableError(
                f"Another process puts the log of job {log.job_id!r} into the object store; try again later."
            ) from None

    async def list_open(self) -> Sequence[LogName]:
        """List those that have lines of running jobs."""
        return await self._live.list_logs()

    async def list_unwritten(self, since: datetime) -> AsyncIterator[LogName]:
        """Go by the times of the objects."""
        async for each in self._bucket.list(LOGS):
            log = parse_log_key(each.key)
            if log is not None and each.modified < since:
                yield log

    async def remove(self, log: LogName) -> None:
        """Delete the object."""
        require_segments(log.tenant, log.job_id)
        await self._bucket.delete(log_key(log))


async def _add(lines: Iterable[str], kept: bytes | None) -> bytes | None:
    """Make the log with these lines; None where they are in it."""
    text = _join(kept or b"", lines)
    return None if text == kept else text


def _join(kept: bytes, lines: Iterable[str]) -> bytes:
    """Put lines after those that are kept, each once."""
    whole = dict.fromkeys([*kept.split(b"\n"), *(each.encode() for each in lines)])
    return b"".join(each + b"\n" for each in whole if each)
