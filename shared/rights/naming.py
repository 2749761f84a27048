"""Notes which names of settings lead to which databases, so that rights follow a database through all its names."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from shared.errors import DatabaseUnavailableError
from shared.loops import Loop, every
from shared.ports.graph_source import GraphSource
from shared.resources import Resources
from shared.rights.standings import find_names

PAUSE_SECONDS: Final = 600.0
"""How long a database that was out of reach at the start may stay unknown."""


def make_naming(resources: Resources) -> Loop:
    """Make the loop that notes the names at the start, and now and then, and warns of a database that has several."""
    return Loop(
        name="naming",
        work=partial(_note_all, resources, set()),
        pauses=every(PAUSE_SECONDS),
        at_once=True,
        event="names of databases could not be noted",
    )


async def find_several_names(resources: Resources) -> Sequence[Sequence[str]]:
    """Note the name of every database that answers; return those, together, that lead to the same one."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    sources = resources.sources.values()
    for source, found in zip(sources, await asyncio.gather(*(_read_id(each) for each in sources)), strict=True):
        if found is not None:
            names[found].append(source.database)
            await find_names(resources.identity, source)
    return [each for each in names.values() if len(each) > 1]


async def _read_id(source: GraphSource) -> str | None:
    try:
        return await source.read_database_id()
    except DatabaseUnavailableError:
        return None  # readiness tells


async def _note_all(resources: Resources, told: set[tuple[str, ...]]) -> None:
    for names in map(tuple, await find_several_names(resources)):
        if names not in told:
            told.add(names)
            structlog.get_logger(__name__).warning("settings give one database several names", names=list(names))
