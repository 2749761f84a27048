"""Names the figures observed of processes."""

from __future__ import annotations

from infra.bench.observation import Seen
from infra.bench.results import Results
from infra.bench.workbench import PROCESSES

_MILLION = 1_000_000


def note_seen(results: Results, what: str, seen: Seen, *, elements: int) -> None:
    """Add figures of memory and loops of the rooms, of processor time of the worker and the servers."""
    for process in ("worker-1", "gateway"):
        name = PROCESSES[process]
        results.figures[f"{what}_{name}_peak_mb"] = seen.peak_megabytes.get(process)
        results.figures[f"{what}_{name}_longest_block_ms"] = seen.longest_block_ms.get(process)
        results.figures[f"{what}_{name}_longest_work_ms"] = seen.longest_work_ms.get(process)
    for process in ("worker-1", "neo4j-source", "neo4j-target"):
        seconds = seen.cpu_seconds.get(process)
        each = None if seconds is None else seconds * _MILLION / elements
        results.figures[f"{what}_{PROCESSES[process]}_cpu_seconds_per_million"] = each
