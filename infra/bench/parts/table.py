"""The parts by name, those that use the same graph beside each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from infra.bench.parts.exports import measure_exports, measure_other_exports
from infra.bench.parts.imports import measure_imports
from infra.bench.parts.latencies import measure_cancels, measure_dispatch
from infra.bench.parts.requests import measure_requests
from infra.bench.workbench import Bench

Part = Callable[[Bench], Awaitable[None]]

PARTS: Mapping[str, Part] = {
    "requests": measure_requests,
    "dispatch": measure_dispatch,
    "export": measure_exports,
    "import": measure_imports,
    "cancel": measure_cancels,
    "graphs": measure_other_exports,
}
