"""Refuses content that would be taken for catalogue entries, or for content of other applications."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.catalogue import CATALOGUE_LABEL, CatalogueEntry
from shared.content_labels import require_plain_labels
from shared.errors import CatalogueContentError
from shared.jobs.requests import DEFAULT_BATCH_SIZE
from shared.ports.import_plans import PlannedApplication


def scopes_of(entries: Sequence[CatalogueEntry], planned: Sequence[PlannedApplication]) -> Mapping[str, str]:
    """Return, by the label that the database finds it by, each application that it holds or is to hold."""
    return {each.label: each.name for each in entries} | {each.label: each.name for each in planned}


async def require_plain_content(
    reader: ArchiveReader,
    application: ApplicationManifest,
    scopes: Mapping[str, str],
    *,
    batch_size: int = DEFAULT_BATCH_SIZE,
    after_batch: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Read the application where its labels tell too little. Raises: CatalogueContentError; as after_batch."""
    require_plain_labels(application.name, application.labels, scopes)
    if CATALOGUE_LABEL not in application.labels:
        return
    async for rows in reader.read_nodes(application, batch_size=batch_size):
        for ordinal, labels, properties in rows:
            if CATALOGUE_LABEL in labels and "Name" in properties:
                raise CatalogueContentError(
                    f"Node {ordinal} of {application.name!r} has the label {CATALOGUE_LABEL} and a Name, as only "
                    "entries of the catalogue have."
                )
        if after_batch is not None:
            await after_batch()
