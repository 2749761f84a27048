"""Imports of another tool's GraphML beside imports of our own format."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from infra.bench.graphs import BenchGraph, power_law
from infra.bench.pairing import Side
from infra.bench.parts.seen import note_seen
from infra.bench.workbench import Bench, job_seconds

_ARCHIVE: Final = "Foreign.zip"
_TYPES: Final = {bool: "boolean", int: "long", float: "double", str: "string"}
_HEAD: Final = """\
<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""


async def measure_foreign(bench: Bench) -> None:
    """The same graph as NetworkX writes it: translated, then inspected, journalled, verified, published like ours."""
    elements = await bench.have(power_law)
    await bench.have_archive()
    await asyncio.to_thread(_write, power_law(bench.scale.elements), bench.archives / _ARCHIVE)
    foreign = partial(_import_foreign, bench)
    await bench.compare(
        "foreign_import_vs_own_format",
        Side(name="foreign", measure=foreign, clear=bench.empty_target),
        Side(name="own format", measure=bench.import_archive, clear=bench.empty_target),
        rounds=bench.scale.slow_rounds,
    )
    for name, measure in (("foreign_import", foreign), ("own_format_import", bench.import_archive)):
        with bench.observe() as seen:
            await measure()
        await bench.empty_target()
        note_seen(bench.results, name, seen, elements=elements)


async def _import_foreign(bench: Bench) -> float:
    order = {**await bench.import_order(name=bench.application), "import_app": _ARCHIVE}
    return job_seconds((await bench.client.carry_out("import", order)).record)


def _write(graph: BenchGraph, archive: Path) -> None:
    with (
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened,
        opened.open("graph.graphml", "w") as entry,
        io.TextIOWrapper(entry, encoding="utf-8", newline="\n") as text,
    ):
        text.writelines(_lines(graph))


def _lines(graph: BenchGraph) -> Iterator[str]:
    keys = _declare(graph)
    yield _HEAD
    for (sort, name, kind), key in keys.items():
        yield f'  <key id="{key}" for="{sort}" attr.name="{name}" attr.type="{kind}" />\n'
    yield '  <graph edgedefault="directed">\n'
    for number, (labels, properties) in enumerate(graph.nodes()):
        data = {"labels": ":" + ":".join(labels), **properties}
        yield f'    <node id="element {number}">\n{_data(keys, "node", data)}    </node>\n'
    for number, (kind, start, end, properties) in enumerate(graph.relationships()):
        data = {"label": kind, **properties}
        ends = f'source="element {start}" target="element {end}" id="{number}"'
        yield f"    <edge {ends}>\n{_data(keys, 'edge', data)}    </edge>\n"
    yield "  </graph>\n</graphml>\n"


def _declare(graph: BenchGraph) -> Mapping[tuple[str, str, str], str]:
    """Number the keys of the first elements, which have all."""
    _, node = next(graph.nodes())
    *_, edge = next(graph.relationships())
    said = (("node", {"labels": "", **node}), ("edge", {"label": "", **edge}))
    named = [(sort, name, _TYPES[type(value)]) for sort, values in said for name, value in values.items()]
    return {each: f"d{number}" for number, each in enumerate(named)}


def _data(keys: Mapping[tuple[str, str, str], str], sort: str, properties: Mapping[str, Any]) -> str:
    return "".join(
        f'      <data key="{keys[sort, name, _TYPES[type(value)]]}">{escape(str(value))}</data>\n'
        for name, value in properties.items()
    )
