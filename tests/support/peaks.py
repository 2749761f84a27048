"""How much memory a process has held at most."""

from __future__ import annotations

from pathlib import Path

MIB = 1024**2
WORKER_BYTES = 256 * MIB
"""What a worker may take, whatever it moves."""


def peak_of(process: int | str) -> int:
    """Return the most bytes that a process, by its id or `self`, has held."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
