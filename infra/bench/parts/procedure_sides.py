"""The server's procedures as sides of a comparison."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from infra.bench.pairing import Side
from infra.bench.peers.procedures import export_graphml, import_graphml
from infra.bench.workbench import Bench

_NAME = "server procedure"


def procedure_export(bench: Bench) -> Side:
    """Have the server write what the source holds into a file."""
    return Side(name=_NAME, measure=partial(asyncio.to_thread, _export, bench, bench.folder / "procedure.graphml"))


def procedure_import(bench: Bench) -> Side:
    """Have the server create in the target what a file of its own holds; it is written before."""
    file = bench.folder / f"{bench.graph.replace(' ', '-')}.graphml"
    return Side(
        name=_NAME,
        prepare=partial(asyncio.to_thread, _have, bench, file),
        measure=partial(asyncio.to_thread, import_graphml, bench.target, file, expected=bench.counts),
        clear=bench.empty_target,
    )


def _have(bench: Bench, file: Path) -> None:
    if not file.exists():
        _export(bench, file)


def _export(bench: Bench, file: Path) -> float:
    return export_graphml(bench.source, file, expected=bench.counts)
