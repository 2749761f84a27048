"""Compares what two archives hold, application by application, element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.archive.digests.difference import COMPARED_ELEMENTS, Difference, differing
from shared.archive.inspection.inspected_archive import InspectedArchive
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.catalogue import DEFAULT_VERSION
from shared.node_keys import KeyForms

_BATCH_ROWS: Final = 1000


async def compare_archives(old: InspectedArchive, new: InspectedArchive) -> Sequence[Mapping[str, Any]]:
    """Say in JSON of each application whether it is equal, only in one of them, or in what it differs."""
    before, after = _by_name(old), _by_name(new)
    reports = []
    async with ArchiveReader.open(old.path) as old_reader, ArchiveReader.open(new.path) as new_reader:
        for name, version in sorted({*before, *after}):
            a, b = before.get((name, version)), after.get((name, version))
            report: Mapping[str, Any] = {"name": name, "version": version, **_overview(a, b)}
            if a is not None and b is not None and report["result"] == "different":
                report = {**report, "elements": await _find_elements(old_reader, a, new_reader, b)}
            reports.append(report)
    return reports


def _by_name(inspected: InspectedArchive) -> Mapping[tuple[str, str], ApplicationManifest]:
    return {(each.name, each.version or DEFAULT_VERSION): each for each in inspected.inspection.manifest.applications}


def _overview(a: ApplicationManifest | None, b: ApplicationManifest | None) -> Mapping[str, Any]:
    sides = {"a": a, "b": b}
    present = {word: side for word, side in sides.items() if side is not None}
    counts = {
        name: {word: getattr(side, name, None) for word, side in sides.items()}
        for name in ("digest", "nodes", "relationships")
    }
    return {
        "result": _judge(a, b),
        **counts,
        "labels": differing({word: side.labels for word, side in present.items()}),
        "types": differing({word: side.types for word, side in present.items()}),
        "elements": None,
    }


def _judge(a: ApplicationManifest | None, b: ApplicationManifest | None) -> str:
    match a, b:
        case None, _:
            return "only in b"
        case _, None:
            return "only in a"
        case ApplicationManifest(digest=old), ApplicationManifest(digest=new) if old == new:
            return "equal"
        case _:
            return "different"


async def _find_elements(
    old: ArchiveReader, a: ApplicationManifest, new: ArchiveReader, b: ApplicationManifest
) -> Mapping[str, Any] | None:
    """List elements; None where there are too many to compare them."""
    if max(a.nodes + a.relationships, b.nodes + b.relationships) > COMPARED_ELEMENTS:
        return None
    difference = Difference(KeyForms.of([*a.indexes_and_constraints, *b.indexes_and_constraints], {}))
    with difference.counting() as counting:
        async for nodes in old.read_nodes(a, batch_size=_BATCH_ROWS):
            counting.add_nodes(nodes)
        async for relationships in old.read_relationships(a, batch_size=_BATCH_ROWS):
            counting.add_relationships(relationships)
    await difference.find_added(
        new.read_nodes(b, batch_size=_BATCH_ROWS), new.read_relationships(b, batch_size=_BATCH_ROWS)
    )
    await difference.find_removed(
        old.read_nodes(a, batch_size=_BATCH_ROWS), old.read_relationships(a, batch_size=_BATCH_ROWS)
    )
    return difference.report()
