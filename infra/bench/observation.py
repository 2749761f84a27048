"""Watches processes while something is measured: memory, processor time, the longest block of an event loop."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from infra.bench.observed_room import GAP

_SAMPLE_SECONDS = 0.05
"""Short beside the time in which a batch comes and goes."""

_MEBIBYTE = 1024**2


@dataclass(slots=True)
class Seen:
    """What was seen of each process by its name; complete when the watch is over."""

    peak_megabytes: dict[str, float] = field(default_factory=dict)
    """RssAnon, the children's added: what the process itself asked for, without files and code."""
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    longest_block_ms: dict[str, float] = field(default_factory=dict)
    """How late the event loop of a room was at most."""
    longest_work_ms: dict[str, float] = field(default_factory=dict)
    """How long its own work made it late at most; the rest is a machine without a free processor."""


@contextmanager
def observe(pids: Mapping[str, int], *, gaps: Path) -> Iterator[Seen]:
    """Watch from entry to exit; the folder holds what the watched loops write."""
    seen, stop = Seen(), threading.Event()
    sampler = threading.Thread(target=_sample, args=(pids, seen, stop))
    before, began = read_cpu(pids), time.monotonic()
    sampler.start()
    try:
        yield seen
    finally:
        stop.set()
        sampler.join()
        after = read_cpu(pids)
        seen.cpu_seconds = {name: after[name] - before[name] for name in before.keys() & after.keys()}
        for name, pid in pids.items():
            late, worked = _longest(gaps / str(pid), began)
            seen.longest_block_ms[name], seen.longest_work_ms[name] = 1000 * late, 1000 * worked


def _sample(pids: Mapping[str, int], seen: Seen, stop: threading.Event) -> None:
    while not stop.wait(_SAMPLE_SECONDS):
        for name, pid in pids.items():
            seen.peak_megabytes[name] = max(seen.peak_megabytes.get(name, 0), _read_anonymous(pid) / _MEBIBYTE)


def _read_anonymous(pid: int) -> int:
    """Return the bytes of a process and its children; of those that end meanwhile, none."""
    total = 0
    for each in _family(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{each.pid}/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    total += int(line.split()[1]) * 1024
    return total


def read_cpu(pids: Mapping[str, int]) -> Mapping[str, float]:
    """Return the processor seconds of each process so far, its children's among them."""
    return {name: sum(map(_cpu_of, _family(pid))) for name, pid in pids.items()}


def _cpu_of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _longest(file: Path, since: float) -> tuple[float, float]:
    """Return the longest gap and the longest work in one, in seconds, since then; 0 when none was written down."""
    written = file.read_bytes() if file.exists() else b""
    gaps = [(late, worked) for at, late, worked in struct.iter_unpack(GAP, written) if at >= since]
    return max((late for late, _ in gaps), default=0.0), max((worked for _, worked in gaps), default=0.0)
