"""The background loop that adds up what each tenant's archive folder holds: never while somebody waits for figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from shared.concurrency.each import do_for_each
from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError
from shared.identity import Tenant
from shared.resources import Resources

MEASURE_SECONDS: Final = 80.0
"""Between two looks at all folders; with the spread never less than a minute."""


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
