"""Logs of jobs as files that all processes see, one for each job."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from io import FileIO
from pathlib import Path

import structlog

from shared.logs import LOG_ENDING, log_path
from shared.ports.job_logs import LogName, LogText, WriteLine
from shared.settings.process import Settings


class FolderJobLogs:
    """Implements the JobLogs port."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def _path(self, log: LogName) -> Path:
        return log_path(self._settings, log.tenant, log.job_id)

    @asynccontextmanager
    async def write(self, log: LogName) -> AsyncIterator[WriteLine]:
        """Open the file for appending. A full or broken disk costs lines."""
        lines = _Lines(self._path(log))
        try:
            yield lines.write
        finally:
            lines.close()

    @asynccontextmanager
    async def read(self, log: LogName) -> AsyncIterator[LogText]:
        """Give the file itself."""
        path = self._path(log)
        yield LogText(path=path if await asyncio.to_thread(path.is_file) else Path(os.devnull))

    async def complete(self, log: LogName) -> None:
        """Do nothing: it is where it is kept."""

    async def list_open(self) -> Sequence[LogName]:
        """List none."""
        return ()

    async def list_unwritten(self, since: datetime) -> AsyncIterator[LogName]:
        """Go by the times of the files."""
        for each in await asyncio.to_thread(_list_older, self._settings.logs_dir, since.timestamp()):
            yield LogName(tenant=each.parent.name, job_id=each.name.removesuffix(LOG_ENDING))

    async def remove(self, log: LogName) -> None:
        """Remove the file, or the link in its place."""
        self._path(log).unlink(missing_ok=True)


def _list_older(folder: Path, before: float) -> Sequence[Path]:
    """List logs last written to before a time, in seconds since 1970. Raises: OSError."""
    older = []
    for path in folder.glob(f"*/*{LOG_ENDING}"):
        with suppress(FileNotFoundError):  # another worker removed it
            if path.lstat().st_mtime < before:
                older.append(path)
    return older


class _Lines:
    """Appends lines to a file, one write each, and says once where they go when the disk takes them no more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            self._complain(error)

    def write(self, line: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write(line.encode() + b"\n")
        except OSError as error:
            self._complain(error)
            self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _complain(self, error: OSError) -> None:
        log = structlog.get_logger(__name__)
        log.warning("a job's log cannot be written", path=str(self._path), error=str(error))
