"""A Valkey that tests kill, stop and start again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.engines.process import Process
from infra.engines.valkey import ValkeyServer


@dataclass(slots=True, kw_only=True)
class FaultValkey:
    """One server, always with the same port and data."""

    server: ValkeyServer
    process: Process

    @property
    def url(self) -> str:
        """Its own address, around any proxy."""
        return self.server.url

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        self.process.kill()

    def start(self) -> None:
        self.process = self.server.start()
        self.server.wait_until_ready(self.process)


@contextmanager
def open_fault_valkey(folder: Path) -> Iterator[FaultValkey]:
    """Start it in this folder, and kill it at the end."""
    server = ValkeyServer(directory=folder)
    valkey = FaultValkey(server=server, process=server.start())
    try:
        server.wait_until_ready(valkey.process)
        yield valkey
    finally:
        valkey.kill()
