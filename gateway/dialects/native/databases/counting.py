"""Looks into applications that may be large, within bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gateway.dialects.native.databases.schema import EXAMINED, ApplicationSchema, describe
from shared.catalogue import CatalogueEntry
from shared.errors import DatabaseUnavailableError
from shared.graph import GraphCounts
from shared.ports.graph_source import GraphSource

PATIENCE_SECONDS = 30.0
"""A server counts some million relationships a second."""

COUNTED_AT_ONCE = 4
"""Applications: more would not make the server faster."""


async def count_all(source: GraphSource, entries: Sequence[CatalogueEntry]) -> Sequence[GraphCounts]:
    """Count every application. Raises: DatabaseUnavailableError when that takes too long."""
    places = asyncio.Semaphore(COUNTED_AT_ONCE)

    async def count(entry: CatalogueEntry) -> GraphCounts:
        async with places:
            return await source.count(entry.label)

    async with _bounded(source):
        return await asyncio.gather(*map(count, entries))


async def read_application_schema(source: GraphSource, entry: CatalogueEntry) -> ApplicationSchema:
    """Gather an application's schema. Raises: DatabaseUnavailableError when that takes too long."""
    async with _bounded(source):
        return describe(await source.read_shapes(entry.label, limit=EXAMINED))


@asynccontextmanager
async def _bounded(source: GraphSource) -> AsyncIterator[None]:
    """Give up after PATIENCE_SECONDS. Raises: DatabaseUnavailableError."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except TimeoutError as error:
        raise DatabaseUnavailableError(
            f"Database {source.database!r} has not counted all within {PATIENCE_SECONDS:.0f} seconds."
        ) from error
