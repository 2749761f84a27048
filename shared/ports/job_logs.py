"""The ports of jobs' logs: where lines go while a job runs, and where the whole log is kept.

A line is text without a line break. Each begins with its time to the microsecond, so lines that are equal are one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias

WriteLine: TypeAlias = Callable[[str], None]
"""Takes a line at once, from the thread of the loop; what cannot be written costs lines, never the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogName:
    """Whose log it is."""

    tenant: str
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogText:
    """A log as it is now: JSON Lines. What is read later begins with all that was read before."""

    path: Path
    """A file of this machine, to be read while the context lasts."""
    tag: str | None = None
    """Names the content; None: the file's own number, size and time do."""


class JobLogs(Protocol):
    """Keeps a log for each job. Names raise InvalidJobIdError that could lead to another place."""

    def write(self, log: LogName) -> AbstractAsyncContextManager[WriteLine]:
        """Add lines to the log, after those that other attempts wrote; they are written when the context is left."""
        ...

    def read(self, log: LogName) -> AbstractAsyncContextManager[LogText]:
        """Give what is written so far, perhaps nothing. Raises: StoreUnavailableError, UnavailableError, OSError."""
        ...

    async def complete(self, log: LogName) -> None:
        """Put the log of a job that has ended where it is kept; again is fine.

        Raises: StoreUnavailableError, UnavailableError; then `list_open` still names it.
        """
        ...

    async def list_open(self) -> Sequence[LogName]:
        """List the logs that are not wholly where they are kept. Raises: StoreUnavailableError."""
        ...

    def list_unwritten(self, since: datetime) -> AsyncIterator[LogName]:
        """Find those that nobody has written to since. Raises: UnavailableError, OSError."""
        ...

    async def remove(self, log: LogName) -> None:
        """Remove a log; one that is not there is fine. Raises: StoreUnavailableError, UnavailableError, OSError."""
        ...


class LiveLogs(Protocol):
    """Keeps lines of running jobs for a while, where all processes see them. All raise StoreUnavailableError."""

    async def append(self, log: LogName, lines: Sequence[str]) -> int:
        """Add lines, and return how many there are; of too many the oldest go."""
        ...

    async def read(self, log: LogName) -> Sequence[str]:
        """Return the lines; none where there is no log."""
        ...

    async def drop(self, log: LogName, lines: Sequence[str]) -> None:
        """Remove the first lines, if these are they."""
        ...

    async def list_logs(self) -> Sequence[LogName]:
        """List the logs that have lines."""
        ...
