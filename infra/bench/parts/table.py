"""The parts by name, those that use the same graph beside each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from infra.bench.parts.bounds import (
    measure_growth,
    measure_heavy,
    measure_hub,
    measure_more_growth,
    measure_neighbour,
    measure_scattered,
)
from infra.bench.parts.cold import measure_cold
from infra.bench.parts.copies import measure_copies
from infra.bench.parts.cores import measure_cores
from infra.bench.parts.exports import (
    measure_backup_package,
    measure_export_loops,
    measure_exports,
    measure_other_exports,
)
from infra.bench.parts.foreign import measure_foreign
from infra.bench.parts.greedy_user import measure_greedy_user
from infra.bench.parts.history import measure_history
from infra.bench.parts.imports import (
    measure_import_loop,
    measure_imports,
    measure_offline_importer,
    measure_safety,
    measure_undo,
)
from infra.bench.parts.latencies import measure_cancels, measure_dispatch
from infra.bench.parts.readers import measure_readers
from infra.bench.parts.requests import measure_requests
from infra.bench.parts.small import measure_small
from infra.bench.parts.tracing import measure_tracing
from infra.bench.workbench import Bench

Part = Callable[[Bench], Awaitable[None]]

PARTS: Mapping[str, Part] = {
    "requests": measure_requests,
    "dispatch": measure_dispatch,
    "small": measure_small,
    "greedy-user": measure_greedy_user,
    "import": measure_imports,
    "foreign": measure_foreign,
    "export": measure_exports,
    "cores": measure_cores,
    "cold": measure_cold,
    "safety": measure_safety,
    "tracing": measure_tracing,
    "backup": measure_backup_package,
    "copy": measure_copies,
    "offline": measure_offline_importer,
    "export-loops": measure_export_loops,
    "import-loop": measure_import_loop,
    "cancel": measure_cancels,
    "undo": measure_undo,
    "graphs": measure_other_exports,
    "readers": measure_readers,
    "hub": measure_hub,
    "heavy": measure_heavy,
    "scattered": measure_scattered,
    "neighbour": measure_neighbour,
    "growth": measure_growth,
    "more-growth": measure_more_growth,
    "history": measure_history,
}

QUICK: Final = (
    "requests",
    "dispatch",
    "small",
    "import",
    "export",
    "cores",
    "cold",
    "safety",
    "backup",
    "copy",
    "offline",
    "export-loops",
    "import-loop",
    "cancel",
    "neighbour",
    "growth",
    "history",
)
"""What is measured for a first impression: within five minutes on two idle processors."""
