"""Ordinals of nodes by the text ids of foreign files, on disk above a cap."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.errors import DiskFullError
from shared.full_volumes import describe_temporary

IN_MEMORY_IDS: Final = 200_000
"""About 30 MB; beyond it a lookup costs some microseconds."""
_CACHE_KIB: Final = 16 * 1024
_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_CANTOPEN})
"""A file may be too large for the process, or there may be no room for one more."""
_TABLE: Final = "CREATE TABLE ordinals (id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL) WITHOUT ROWID"


class TextOrdinals:
    """Gives every id that is new the next ordinal."""

    def __init__(self, *, in_memory_ids: int | None = None) -> None:
        self._in_memory_ids = in_memory_ids or IN_MEMORY_IDS
        self._ordinals: dict[str, int] = {}
        self._database: sqlite3.Connection | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, node_id: str) -> int | None:
        """Return the ordinal of an id that is new; None for one that has an ordinal already. Raises: DiskFullError."""
        if self.find(node_id) is not None:
            return None
        ordinal = self._size
        self._size += 1
        self._ordinals[node_id] = ordinal
        if len(self._ordinals) > self._in_memory_ids:
            self._spill()
        return ordinal

    def find(self, node_id: str) -> int | None:
        """Return the ordinal of an id; None where it has none."""
        if (ordinal := self._ordinals.get(node_id)) is not None or self._database is None:
            return ordinal
        with _full_volume_named():
            found = self._database.execute("SELECT ordinal FROM ordinals WHERE id = ?", (node_id,)).fetchone()
        return None if found is None else int(found[0])

    def close(self) -> None:
        """Give the space back."""
        if self._database is not None:
            self._database.close()
        self._ordinals.clear()

    def _spill(self) -> None:
        with _full_volume_named():
            if self._database is None:
                self._database = _open()
            with self._database:
                # Sorted, because neighbours in the table are then written together.
                self._database.executemany("INSERT INTO ordinals VALUES (?, ?)", sorted(self._ordinals.items()))
        self._ordinals.clear()


@contextmanager
def _full_volume_named() -> Iterator[None]:
    """Name a full volume of temporary files. Raises: DiskFullError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) not in _FULL:
            raise
        raise DiskFullError(describe_temporary(str(error))) from error


def _open() -> sqlite3.Connection:
    # Without a name it is a temporary file that goes with the connection, and with the process. Each step of a reader
    # may run in another thread, never two at once.
    database = sqlite3.connect("", check_same_thread=False)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    database.execute(_TABLE)
    return database
