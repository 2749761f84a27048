"""Logs of jobs in dictionaries, for processes that are one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shared.logs import require_segments
from shared.ports.job_logs import LogName, LogText, WriteLine


@dataclass(slots=True)
class MemoryLiveLogs:
    lines: dict[LogName, list[str]] = field(default_factory=dict)

    async def append(self, log: LogName, lines: Sequence[str]) -> int:
        self.lines.setdefault(log, []).extend(lines)
        return len(self.lines[log])

    async def read(self, log: LogName) -> Sequence[str]:
        return list(self.lines.get(log, ()))

    async def drop(self, log: LogName, lines: Sequence[str]) -> None:
        present = self.lines.get(log, [])
        if lines and present[: len(lines)] == list(lines):
            del present[: len(lines)]
        if not present:
            self.lines.pop(log, None)

    async def list_logs(self) -> Sequence[LogName]:
        return list(self.lines)


@dataclass(slots=True)
class MemoryJobLogs:
    folder: Path
    """Where what is read is put."""
    lines: dict[LogName, list[str]] = field(default_factory=dict)
    written: dict[LogName, datetime] = field(default_factory=dict)

    @asynccontextmanager
    async def write(self, log: LogName) -> AsyncIterator[WriteLine]:
        require_segments(log.tenant, log.job_id)
        lines = self.lines.setdefault(log, [])
        try:
            yield lines.append
        finally:
            self.written[log] = datetime.now(UTC)

    @asynccontextmanager
    async def read(self, log: LogName) -> AsyncIterator[LogText]:
        require_segments(log.tenant, log.job_id)
        path = self.folder / "log"
        path.write_text("".join(f"{each}\n" for each in self.lines.get(log, ())))
        yield LogText(path=path)

    async def complete(self, log: LogName) -> None:
        pass

    async def list_open(self) -> Sequence[LogName]:
        return ()

    async def list_unwritten(self, since: datetime) -> AsyncIterator[LogName]:
        for log, written in list(self.written.items()):
            if written < since:
                yield log

    async def remove(self, log: LogName) -> None:
        require_segments(log.tenant, log.job_id)
        self.lines.pop(log, None)
        self.written.pop(log, None)
