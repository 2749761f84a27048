"""Finds the applications that an export request selects."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from gateway.dialects.darwin.models import DarwinExportBody, ObjectToExport
from shared.archive_names import name_for_export
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.catalogue_names import spell_application
from shared.errors import UnknownApplicationError
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.ports.graph_source import GraphSource
from shared.references import Direction


async def select_versions(
    source: GraphSource, body: DarwinExportBody, *, now: datetime, max_bytes: int
) -> ExportRequest:
    """Return the request for all that is named, and all that this needs. Raises: UnknownApplicationError."""
    chosen = [await _find(source, each) for each in body.objects]
    entries = await _add_dependencies(source, chosen)
    return ExportRequest(
        database=source.database,
        applications=tuple(
            ApplicationReference(name=each.name, version=each.version or DEFAULT_VERSION) for each in entries
        ),
        archive_name=name_for_export(chosen[0].name, now),
        strip_secured=body.strip_secured,
        max_bytes=max_bytes,
    )


async def _find(source: GraphSource, wanted: ObjectToExport) -> CatalogueEntry:
    entry = await source.get_application(await spell_application(source, wanted.name), wanted.version)
    if entry.kind != wanted.kind:
        raise UnknownApplicationError(wanted.name, source.database)
    return entry


async def _add_dependencies(source: GraphSource, chosen: Sequence[CatalogueEntry]) -> Sequence[CatalogueEntry]:
    """Return the chosen ones, then whatever their references lead to, the nearer first."""
    found = {each.label: each for each in chosen}
    waiting = deque(found.values())
    while waiting:
        for each in await source.list_neighbours(waiting.popleft().label, Direction.OUT):
            if each.label not in found:
                found[each.label] = each
                waiting.append(each)
    return list(found.values())
