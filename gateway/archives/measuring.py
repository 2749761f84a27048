"""The background loops that add up what archives take: never while somebody waits for figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from shared.concurrency.each import do_for_each
from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError
from shared.identity import Tenant
from shared.ports.archives import ArchiveStore
from shared.resources import Resources

MEASURE_SECONDS: Final = 80.0
"""Between two looks at all folders; with the spread never less than a minute."""

OPEN_SECONDS: Final = 300.0
"""Between two counts of uploads under way, each of which costs a request to the bucket."""


def make_open_measuring(archives: ArchiveStore, show: Callable[[int], None]) -> Loop:
    """Make the loop that shows the bytes of uploads to the bucket that are not completed, as they are swept."""

    async def measure() -> None:
        size = await archives.measure_open()
        if size is not None:
            show(size)

    return Loop(
        name="open uploads",
        work=measure,
        pauses=every(OPEN_SECONDS),
        at_once=True,
        event="uploads under way could not be counted",
    )


def make_measuring(resources: Resources, show: Callable[[Mapping[str, int]], None]) -> Loop:
    """Make the loop that shows the bytes of each tenant's folder, at the start and now and then."""
    return Loop(
        name="archive bytes",
        work=partial(_measure_all, resources, show),
        pauses=every(MEASURE_SECONDS, spread=0.25),
        at_once=True,
        event="archives of tenants could not be measured",
        reason="reason",
        expected=(GraphferryError, OSError),
    )


async def _measure_all(resources: Resources, show: Callable[[Mapping[str, int]], None]) -> None:
    """Measure all; show what could be. Raises: as do_for_each."""
    measured: dict[str, int] = {}

    async def measure(tenant: Tenant) -> None:
        measured[tenant.name] = await resources.archives.measure(tenant.name)

    tenants = await resources.identity.list_tenants()
    try:
        await do_for_each(tenants, measure)
    finally:
        show(measured)
