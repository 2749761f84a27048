"""Lists the applications that use what an import replaces."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.imports.decisions import Decision
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.jobs.summaries import AffectedApplication
from shared.ports.graph_source import GraphSource
from shared.references import Direction


async def list_affected(source: GraphSource, decisions: Sequence[Decision]) -> tuple[AffectedApplication, ...]:
    """List those that use what goes, other than what goes itself or comes with the import."""
    known = {(each.name, each.version or DEFAULT_VERSION) for each in decisions}
    known |= {_name(entry) for each in decisions for entry in each.going}
    affected: dict[tuple[str, str], CatalogueEntry] = {}
    for entry in (entry for each in decisions for entry in each.going):
        affected.update({_name(each): each for each in await source.list_neighbours(entry.label, Direction.IN)})
    return tuple(
        AffectedApplication(name=name, version=version, kind=entry.kind)
        for (name, version), entry in affected.items()
        if (name, version) not in known
    )


def _name(entry: CatalogueEntry) -> tuple[str, str]:
    return entry.name, entry.version or DEFAULT_VERSION
