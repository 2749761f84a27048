"""A Valkey that tests kill, stop and start again, and that knows its users ever after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from infra.engines.process import Process
from infra.engines.valkey import ValkeyServer
from tests.support.least_rights import make_user


@dataclass(frozen=True, kw_only=True)
class LastingServer(ValkeyServer):
    """A server that keeps its users in a file: it may be killed and started again."""

    @override
    def _command(self) -> list[str | Path]:
        users = self.directory / "users.acl"
        users.touch()
        return [*super()._command(), "--aclfile", users]


@dataclass(slots=True, kw_only=True)
class FaultValkey:
    """One server, always with the same port and data."""

    server: ValkeyServer
    process: Process

    @property
    def url(self) -> str:
        """Its own address, around any proxy, as its owner has it."""
        return self.server.url

    def admit(self, installation: str, *, for_commands: bool = False, of_before: bool = False) -> str:
        """Give the same address with a user of least rights."""
        return make_user(self.url, installation, for_commands=for_commands, of_before=of_before)

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
    server = LastingServer(directory=folder)
    valkey = FaultValkey(server=server, process=server.start())
    try:
        server.wait_until_ready(valkey.process)
        yield valkey
    finally:
        valkey.kill()
