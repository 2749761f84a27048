"""Checks that what an export selects fits into an archive of limited size."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from shared.archive.limits import ArchiveLimits
from shared.archive.writing.estimate import SAMPLE_ROWS, estimate_bytes
from shared.catalogue import CatalogueEntry
from shared.errors import TooLargeError, UnsupportedValueError
from shared.jobs.requests import FileFilter
from shared.ports.graph_source import GraphSource

ENOUGH_SECONDS = 5.0
"""What has been estimated by then is a lower bound too; the limit holds again while the archive is written."""

CSV_SHARE = 4
"""CSV has no markup and names each key once: it takes at least this part of an archive for import."""


async def require_fitting(
    sources: Mapping[str, GraphSource], chosen: Sequence[CatalogueEntry], file_filter: FileFilter, limit: int
) -> None:
    """Look at a sample of each application. Raises: TooLargeError when the archive cannot fit."""
    estimate, share = 0, CSV_SHARE if file_filter is FileFilter.ONPREMISES else 1
    end = time.monotonic() + ENOUGH_SECONDS
    for entry in chosen:
        if time.monotonic() > end:
            return
        estimate += await _estimate(sources[entry.database], entry.label) // share
        if estimate > limit:
            raise TooLargeError(
                f"The archive takes at least {estimate} bytes, its limit is {limit}; export fewer services at once."
            )


async def _estimate(source: GraphSource, label: str) -> int:
    try:
        return estimate_bytes(await source.sample(label, limit=SAMPLE_ROWS), ArchiveLimits())
    except UnsupportedValueError:
        return 0  # the job itself names the value
