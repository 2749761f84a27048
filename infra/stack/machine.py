"""What the machine must offer before engines are started."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from infra.engines.process import EngineError

_MEBIBYTE = 1024**2

_SERVER_OVERHEAD_MEGABYTES = 700
"""What a Neo4j takes beside its heap: page cache, compiled code, threads."""

_ROOM_MEGABYTES = 150
"""What a gateway or a worker takes at most while it idles, with room for one batch."""

_DISK_MEGABYTES_PER_DATABASE = 700
"""An empty store takes little; the downloads, shared by all, take the most."""


def require_memory(*, heaps_megabytes: Sequence[int], rooms: int) -> None:
    """Raises: EngineError when the system has less memory to give than Neo4j servers and rooms will take."""
    needed = sum(heaps_megabytes) + len(heaps_megabytes) * _SERVER_OVERHEAD_MEGABYTES + rooms * _ROOM_MEGABYTES
    available = read_available_megabytes()
    if available is not None and available < needed:
        raise EngineError(
            f"Not enough memory: {len(heaps_megabytes)} Neo4j servers and {rooms} processes of ours need {needed} MB, "
            f"and {available} MB are available. Stop something, or start fewer databases and workers."
        )


def require_disk(folder: Path, *, databases: int) -> None:
    """Raises: EngineError when the folder's volume has too little room for the embedded databases."""
    needed = databases * _DISK_MEGABYTES_PER_DATABASE
    free = shutil.disk_usage(folder).free // _MEBIBYTE
    if free < needed:
        raise EngineError(
            f"Not enough disk space: {folder} has {free} MB free, and {needed} MB are needed. "
            "Free some, or name another folder with --data-dir."
        )


def read_available_megabytes(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Return the memory that can be had without swapping; None where the system does not say."""
    if not meminfo.exists():
        return None
    for line in meminfo.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) // 1024
    return None
