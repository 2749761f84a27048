"""Whether what an export selects can fit into an archive of limited size."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import TypeVar

from shared.archive.estimate import SAMPLE_ROWS, estimate_bytes
from shared.archive.limits import ArchiveLimits
from shared.catalogue import CatalogueEntry
from shared.errors import TooLargeError, UnsupportedValueError
from shared.jobs import FileFilter
from shared.ports import GraphSource

Row = TypeVar("Row")


CSV_SHARE = 4
"""CSV has no markup and names each key once: it takes at least this part of an archive for import."""


async def require_fitting(
    sources: Mapping[str, GraphSource], chosen: Sequence[CatalogueEntry], file_filter: FileFilter, limit: int
) -> None:
    """Look at a sample of each application. Raises: TooLargeError when the archive cannot fit."""
    estimate, share = 0, CSV_SHARE if file_filter is FileFilter.ONPREMISES else 1
    for entry in chosen:
        estimate += await _estimate(sources[entry.database], entry.label) // share
        if estimate > limit:
            raise TooLargeError(
                f"The archive takes at least {estimate} bytes, its limit is {limit}; export fewer services at once."
            )


async def _estimate(source: GraphSource, label: str) -> int:
    nodes = await _first(source.read_nodes(label, batch_size=SAMPLE_ROWS))
    relationships = await _first(source.read_relationships(label, batch_size=SAMPLE_ROWS))
    try:
        return estimate_bytes(await source.count(label), nodes, relationships, ArchiveLimits())
    except UnsupportedValueError:
        return 0  # the job itself names the value


async def _first(batches: AsyncIterator[Sequence[Row]]) -> Sequence[Row]:
    try:
        async for first in batches:
            return first
        return ()
    finally:
        if isinstance(batches, AsyncGenerator):
            await batches.aclose()
