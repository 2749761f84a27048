"""The background loop that adds up what each tenant's archive folder holds: never while somebody waits for figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from shared.loops import Loop, every
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
    )


async def _measure_all(resources: Resources, show: Callable[[Mapping[str, int]], None]) -> None:
    tenants = await resources.identity.list_tenants()
    show({each.name: await resources.archives.measure(each.name) for each in tenants})
