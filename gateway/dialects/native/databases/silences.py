"""How long a database may keep a request waiting, and since when one has not answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from shared.errors import DatabaseUnavailableError

ANSWER_SECONDS: Final = 4.5
"""With what else a request takes, less than five seconds."""


class Silences:
    """Remembers of each database of this gateway since when nothing came from it."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._since: dict[str, datetime] = {}

    @asynccontextmanager
    async def bounded(self, database: str) -> AsyncIterator[None]:
        """Ask a database within the context. Raises: DatabaseUnavailableError, after ANSWER_SECONDS at the latest."""
        began = self._now()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                yield
        except TimeoutError as error:
            message = f"Database {database!r} has not answered within {ANSWER_SECONDS:g} seconds."
            raise self._refuse(database, began, message) from error
        except DatabaseUnavailableError as error:
            raise self._refuse(database, began, error.message) from error
        self._since.pop(database, None)

    def _refuse(self, database: str, began: datetime, message: str) -> DatabaseUnavailableError:
        since = self._since.setdefault(database, began)
        return DatabaseUnavailableError(f"{message} So it has been since {since:%Y-%m-%d %H:%M:%S} UTC.")
