"""The background loop that adds up what each tenant's archive folder holds: never while somebody waits for figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError
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
    """Measure all; show what could be, then raise the first error that there was."""
    measured: dict[str, int] = {}
    first: OSError | None = None
    for tenant in await resources.identity.list_tenants():
        try:
            measured[tenant.name] = await resources.archives.measure(tenant.name)
        except OSError as error:
            first = first or error
    show(measured)
    if first is not None:
        raise first
