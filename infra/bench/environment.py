"""Says what the figures were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.bench.peers.backup_package import BACKUP
from infra.bench.peers.procedures import LIBRARY
from infra.bench.peers.transfer_package import TRANSFER
from infra.bench.scale import Scale
from infra.engines.neo4j import Neo4jServer
from infra.stack.plan import StackPlan


def describe_environment(plan: StackPlan, scale: Scale) -> Mapping[str, Any]:
    """Name machine and versions: ratios can be compared between machines, seconds cannot."""
    server = next(iter(plan.neo4j.values()))
    return {
        "machine": platform.platform(),
        "processor": _read_processor(),
        "cores": os.cpu_count(),
        "memory_megabytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2,
        "versions": _list_versions(server),
        "neo4j_heap_megabytes": server.heap_megabytes,
        "neo4j_page_cache_megabytes": server.page_cache_megabytes,
        "elements": scale.elements,
        "workers": plan.workers,
    }


def _list_versions(server: Neo4jServer) -> Mapping[str, str]:
    """Name the versions of what is measured, by the names that comparisons give it."""
    procedures = {"server procedure": f"APOC {LIBRARY}"} if server.further_jars else {}
    return {
        "Python": platform.python_version(),
        "server": f"Neo4j {server.version}",
        "offline importer": f"Neo4j {server.version}",
        **procedures,
        "driver": f"neo4j {version('neo4j')}, neo4j-rust-ext {version('neo4j-rust-ext')}",
        "bare aiohttp": version("aiohttp"),
        **{package.name: package.describe_version() for package in (BACKUP, TRANSFER)},
    }


def _read_processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Return the processor's name; None where the system does not say."""
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)
