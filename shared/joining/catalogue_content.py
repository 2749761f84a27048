"""Finds content that would be taken for catalogue entries, or for content of other applications."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.catalogue import CATALOGUE_LABEL, CatalogueEntry
from shared.jobs.requests import DEFAULT_BATCH_SIZE
from shared.ports.import_plans import PlannedApplication

_WAYS_OUT = (
    "Nothing was written. Choose another name with import_as, another label with rename_labels, or change the data."
)


def scopes_of(entries: Sequence[CatalogueEntry], planned: Sequence[PlannedApplication]) -> Mapping[str, str]:
    """Return, by the label that the database finds it by, each application that it holds or is to hold."""
    return {each.label: each.name for each in entries} | {each.label: each.name for each in planned}


async def find_catalogue_content(
    reader: ArchiveReader,
    application: ApplicationManifest,
    scopes: Mapping[str, str],
    *,
    batch_size: int = DEFAULT_BATCH_SIZE,
    after_batch: Callable[[], Awaitable[None]] | None = None,
) -> str | None:
    """Say why an import of the application is refused; None: its content is plain. Raises: as after_batch."""
    for label, count in application.labels.items():
        if (owner := scopes.get(label)) is not None:
            return (
                f"{count} nodes of {application.name!r} carry the label {label!r}, by which "
                f"the database finds application {owner!r}. {_WAYS_OUT}"
            )
    if CATALOGUE_LABEL not in application.labels:
        return None
    async for rows in reader.read_nodes(application, batch_size=batch_size):
        for ordinal, labels, properties in rows:
            if CATALOGUE_LABEL in labels and "Name" in properties:
                return (
                    f"Node {ordinal} of {application.name!r} has the label {CATALOGUE_LABEL} and a Name, as "
                    f"only entries of the catalogue have. {_WAYS_OUT}"
                )
        if after_batch is not None:
            await after_batch()
    return None
