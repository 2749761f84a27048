"""Notes which names of settings lead to which databases, so that rights follow a database through all its names."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from shared.concurrency.loops import Loop, every
from shared.errors import DatabaseUnavailableError
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


async def find_several_names(sources: Collection[GraphSource]) -> Sequence[Sequence[str]]:
    """Return those names, together, that lead to the same database, of all that answer."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for source, found in zip(sources, await asyncio.gather(*map(_read_id, sources)), strict=True):
        if found is not None:
            names[found].append(source.database)
    return [each for each in names.values() if len(each) > 1]


async def note_names(resources: Resources) -> None:
    """Note the name of every database that answers."""
    for source in resources.sources.values():
        with suppress(DatabaseUnavailableError):  # readiness tells
            await find_names(resources.identity, source)


async def _read_id(source: GraphSource) -> str | None:
    try:
        return await source.read_database_id()
    except DatabaseUnavailableError:
        return None


async def _note_all(resources: Resources, told: set[tuple[str, ...]]) -> None:
    await note_names(resources)
    for names in map(tuple, await find_several_names(resources.sources.values())):
        if names not in told:
            told.add(names)
            structlog.get_logger(__name__).warning("settings give one database several names", names=list(names))
