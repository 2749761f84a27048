"""Says what the figures were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.bench.scale import Scale
from infra.stack.plan import StackPlan


def describe_environment(plan: StackPlan, scale: Scale) -> Mapping[str, Any]:
    """Name machine and versions: ratios can be compared between machines, seconds cannot."""
    server = next(iter(plan.neo4j.values()))
    return {
        "machine": platform.platform(),
        "processor": _read_processor(),
        "cores": os.cpu_count(),
        "memory_megabytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2,
        "python": platform.python_version(),
        "neo4j": server.version,
        "neo4j_heap_megabytes": server.heap_megabytes,
        "neo4j_page_cache_megabytes": server.page_cache_megabytes,
        "procedure_library": server.further_jars.name if server.further_jars else None,
        "driver": version("neo4j"),
        "elements": scale.elements,
        "workers": plan.workers,
    }


def _read_processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return the processor's name; None where the system does not say."""
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)
