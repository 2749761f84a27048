"""Counts of applications, remembered: counting thousands of them takes longer than a listing may."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from shared.concurrency.loops import cancel_all
from shared.errors import GraphferryError
from shared.ports.graph_source import MOST_COUNTED, GraphSource

COUNTING_SECONDS: Final = 60.0
"""How long what one request lacks is counted at most; a server counts some million relationships a second."""

LARGE_NODES: Final = 100_000
"""An application with more is counted by itself, after the others, which would wait for it."""

MOST_REMEMBERED: Final = 50_000
"""Counts: about 20 MB."""

Place: TypeAlias = tuple[str, str]
"""A database, and a label there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What an application had at some time."""

    nodes: int
    relationships: int | None
    """None: not counted yet."""
    at: datetime
    mark: str
    """The database's mark of change when this began to be counted."""


class ApplicationCounts:
    """Counts applications, and remembers what it found for as long as their database does not change, and longer.

    What is out of date is told, with its age, until it has been counted anew.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Place, Counted] = OrderedDict()
        self._running: dict[Place, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """End all counting when the context ends."""
        try:
            yield
        finally:
            await cancel_all(set(self._running.values()))

    async def read(self, source: GraphSource, labels: Collection[str], *, until: float) -> Mapping[str, Counted]:
        """Return by label what is known at a time of the event loop, or before; what is not known is missing.

        What is missing then goes on being counted, for those who ask later.
        """
        with suppress(GraphferryError, TimeoutError):
            async with asyncio.timeout_at(until):
                await self._count(source, labels)
        known = {label: self._known.get((source.database, label)) for label in labels}
        return {label: each for label, each in known.items() if each is not None}

    async def _count(self, source: GraphSource, labels: Collection[str]) -> None:
        if not labels:
            return
        mark = await source.read_change_mark()
        places = [(source.database, label) for label in dict.fromkeys(labels)]
        lacking = [each for each in places if not self._is_current(each, mark)]
        new = [label for database, label in lacking if (database, label) not in self._running]
        if new:
            self._start(source, new, mark)
        if tasks := {self._running[each] for each in lacking}:
            await asyncio.wait(tasks)

    def _is_current(self, place: Place, mark: str) -> bool:
        known = self._known.get(place)
        return known is not None and known.mark == mark and known.relationships is not None

    def _start(self, source: GraphSource, labels: Sequence[str], mark: str) -> None:
        task = asyncio.create_task(self._count_new(source, labels, mark))
        places = [(source.database, label) for label in labels]
        self._running.update(dict.fromkeys(places, task))

        def forget(_: asyncio.Task[None]) -> None:
            for each in places:
                del self._running[each]

        task.add_done_callback(forget)

    async def _count_new(self, source: GraphSource, labels: Sequence[str], mark: str) -> None:
        with suppress(GraphferryError, TimeoutError):
            async with asyncio.timeout(COUNTING_SECONDS):
                await self._count_parts(source, labels, mark)

    async def _count_parts(self, source: GraphSource, labels: Sequence[str], mark: str) -> None:
        large: dict[str, int] = {}
        for part in _split(labels, MOST_COUNTED):
            nodes = dict(zip(part, await source.count_nodes_of_each(part), strict=True))
            for label, number in nodes.items():
                if (source.database, label) not in self._known:
                    self._note(
                        source, label, Counted(nodes=number, relationships=None, at=datetime.now(UTC), mark=mark)
                    )
            small = {label: number for label, number in nodes.items() if number <= LARGE_NODES}
            large |= {label: number for label, number in nodes.items() if number > LARGE_NODES}
            await self._count_relationships(source, small, mark)
        for label, number in large.items():
            await self._count_relationships(source, {label: number}, mark)

    async def _count_relationships(self, source: GraphSource, nodes: Mapping[str, int], mark: str) -> None:
        if not nodes:
            return
        found = await source.count_relationships_of_each(list(nodes))
        for (label, number), relationships in zip(nodes.items(), found, strict=True):
            counted = Counted(nodes=number, relationships=relationships, at=datetime.now(UTC), mark=mark)
            self._note(source, label, counted)

    def _note(self, source: GraphSource, label: str, counted: Counted) -> None:
        place = source.database, label
        self._known[place] = counted
        self._known.move_to_end(place)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)


def _split(labels: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (labels[at : at + size] for at in range(0, len(labels), size))
