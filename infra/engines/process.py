"""A child process that ends with its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TETHER = Path(__file__).with_name("tether.py")
_POLL_SECONDS = 0.05
_LOG_TAIL_LINES = 15

STOP_SECONDS = 20.0
"""How long a child that is to stop may take, unless somebody knows better."""


class EngineError(Exception):
    """An engine cannot be had: the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A started child, known by a name that people read, writing to a log file."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """The operating system's id."""
        return self.popen.pid

    @property
    def is_alive(self) -> bool:
        """Whether the child still runs."""
        return self.popen.poll() is None

    def wait_for_line(self, text: str, *, seconds: float) -> None:
        """Wait until the log holds the text. Raises: EngineError when the child ends first, or takes too long."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self.log.read_bytes():
            if not self.is_alive:
                raise EngineError(f"{self.name} ended with exit code {self.popen.returncode}:\n{self.read_log_tail()}")
            if time.monotonic() > deadline:
                raise EngineError(f"{self.name} was not ready within {seconds:.0f} s:\n{self.read_log_tail()}")
            time.sleep(_POLL_SECONDS)

    def read_log_tail(self) -> str:
        """Return the last lines of the log with its path; of the start before while there are none."""
        previous = previous_log(self.log)
        log = previous if previous.exists() and not self.log.stat().st_size else self.log
        lines = log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return "\n".join([*(f"  {line}" for line in lines), f"  (from {log})"])

    def stop(self, *, seconds: float = STOP_SECONDS) -> None:
        """Ask the child to end; kill it when it does not within the time given."""
        if self.is_alive:
            self.popen.terminate()
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the child at once."""
        self.popen.kill()
        self.popen.wait()


def previous_log(log: Path) -> Path:
    """Return where the log of the start before is kept."""
    return log.with_suffix(f".previous{log.suffix}")


def start_process(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    lock: Path | None = None,
) -> Process:
    """Start a program in its own session, so that a Ctrl-C reaches the parent alone.

    The log of the start before is kept beside the new one. With a lock file the program begins when no other holds it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(previous_log(log))
    tethered = [sys.executable, "-IS", str(_TETHER), str(os.getpid()), str(lock or ""), *map(str, command)]
    with log.open("wb") as output:
        popen = subprocess.Popen(
            tethered,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            cwd=folder,
            start_new_session=True,
        )
    return Process(name=name, popen=popen, log=log)
