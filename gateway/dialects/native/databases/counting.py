"""A look into an application that may be large, within bounded time."""

from __future__ import annotations

import asyncio

from gateway.dialects.native.databases.schema import EXAMINED, ApplicationSchema, describe
from shared.catalogue import CatalogueEntry
from shared.errors import DatabaseUnavailableError
from shared.ports.graph_source import GraphSource

PATIENCE_SECONDS = 30.0
"""A server counts some million relationships a second."""


async def read_application_schema(source: GraphSource, entry: CatalogueEntry) -> ApplicationSchema:
    """Gather an application's schema. Raises: DatabaseUnavailableError when that takes too long."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return describe(await source.read_shapes(entry.label, limit=EXAMINED))
    except TimeoutError as error:
        raise DatabaseUnavailableError(
            f"Database {source.database!r} has not counted all within {PATIENCE_SECONDS:.0f} seconds."
        ) from error
