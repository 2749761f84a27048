"""Checks that what an export selects fits into an archive of limited size."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from shared.archive.writing.estimate import SAMPLE_ROWS, estimate_bytes
from shared.catalogue import CatalogueEntry
from shared.errors import TooLargeError, UnsupportedValueError
from shared.jobs.requests import FileFilter
from shared.resources import Resources

ENOUGH_SECONDS = 5.0
"""What has been estimated by then is a lower bound too; the limit holds again while the archive is written."""

CSV_SHARE = 4
"""CSV has no markup and names each key once: it takes at least this part of an archive for import."""


async def require_fitting(
    resources: Resources, chosen: Sequence[CatalogueEntry], file_filter: FileFilter, limit: int
) -> None:
    """Look at a sample of each application. Raises: TooLargeError when the archive cannot fit."""
    estimate, share = 0, CSV_SHARE if file_filter is FileFilter.ONPREMISES else 1
    end = time.monotonic() + ENOUGH_SECONDS
    for entry in chosen:
        if time.monotonic() > end:
            return
        estimate += await _estimate(resources, entry) // share
        if estimate > limit:
            raise TooLargeError(
                f"The archive takes at least {estimate} bytes, its limit is {limit}; export fewer services at once."
            )


async def _estimate(resources: Resources, entry: CatalogueEntry) -> int:
    try:
        sample = await resources.sources[entry.database].sample(entry.label, limit=SAMPLE_ROWS)
        return await asyncio.to_thread(estimate_bytes, sample, resources.limits)
    except UnsupportedValueError:
        return 0  # the job itself names the value
