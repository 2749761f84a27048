"""Tells whether an application changed while it was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Self

from handlers.exports.border import BorderReading
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.element_lines import ElementLines
from shared.catalogue import CatalogueEntry
from shared.catalogue_names import spell_application
from shared.errors import SourceChangedError
from shared.graph import GraphCounts, SchemaEntry
from shared.jobs.requests import ApplicationReference
from shared.ports.graph_source import GraphSource

READINGS = 2
"""How often an application is read again while others are written all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGuard:
    """What was known of an application before it was read."""

    source: GraphSource
    reference: ApplicationReference
    limits: ArchiveLimits
    entry: CatalogueEntry
    counts: GraphCounts
    schema: Sequence[SchemaEntry]
    mark: str
    hidden: Sequence[CatalogueEntry]
    """The applications of the source that nothing may be told of."""

    @classmethod
    async def open(
        cls,
        source: GraphSource,
        reference: ApplicationReference,
        limits: ArchiveLimits,
        *,
        hidden: Sequence[CatalogueEntry],
    ) -> Self:
        """Look before the reading begins. Raises: UnknownApplicationError."""
        mark = await source.read_change_mark()
        name = await spell_application(source, reference.name)
        entry = await source.get_application(name, reference.version)
        return cls(
            source=source,
            reference=reference,
            limits=limits,
            entry=entry,
            counts=await source.count(entry.label),
            schema=await source.read_schema(),
            mark=mark,
            hidden=hidden,
        )

    def read_border(self, is_secured: Callable[[str], bool], *, batch_size: int) -> BorderReading:
        """Begin to read what crosses the application's border."""
        return BorderReading(
            source=self.source,
            label=self.entry.label,
            inside=self.counts.relationships,
            is_secured=is_secured,
            batch_size=batch_size,
            hidden=self.hidden,
        )

    async def require_unchanged(
        self, digest: str, border: str, is_secured: Callable[[str], bool], *, batch_size: int
    ) -> None:
        """Look again after the reading, which gave this digest, and this fingerprint of its border.

        Only when something was committed to the database, which may have been to other applications, is the whole
        application read again: until nothing was committed during that, so that what was read is of one moment. In a
        database that never rests, as many readings that agree must do. What is secured does not count.
        Raises: SourceChangedError.
        """
        mark = await self.source.read_change_mark()
        if mark == self.mark:
            return
        for _ in range(READINGS):
            await self._require_same(digest, border, is_secured, batch_size)
            before, mark = mark, await self.source.read_change_mark()
            if mark == before:
                return

    async def _require_same(self, digest: str, border: str, is_secured: Callable[[str], bool], batch_size: int) -> None:
        entry = await self.source.get_application(self.entry.name, self.reference.version)
        if entry != self.entry:
            raise SourceChangedError(f"The catalogue entry of {self.entry.name!r} changed during the export.")
        if await self._read_digest(is_secured, batch_size) != digest:
            raise SourceChangedError(f"Application {self.entry.name!r} changed during the export.")
        if await self.read_border(is_secured, batch_size=batch_size).pass_over() != border:
            raise SourceChangedError(f"What joins {self.entry.name!r} to others changed during the export.")

    async def _read_digest(self, is_secured: Callable[[str], bool], batch_size: int) -> str:
        elements = ElementLines(self.entry.name, self.limits, is_secured)
        with closing(elements.written.digest) as digest:
            for sort, read in ((Sort.NODE, self.source.read_nodes), (Sort.EDGE, self.source.read_relationships)):
                async with aclosing(read(self.entry.label, batch_size=batch_size)) as batches:
                    async for rows in batches:
                        for _ in elements.write(sort, rows):
                            await asyncio.sleep(0)
            return digest.hexdigest()
