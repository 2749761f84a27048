"""Ids for the bulk importer: one for each node, however many of the exported applications hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.errors import SourceChangedError
from shared.ordinals import OrdinalIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """The ids of one application: `first` and its node's ordinal together, unless an earlier one has the node."""

    database: str
    first: int
    ordinals: OrdinalIndex = field(default_factory=OrdinalIndex)

    def find(self, database_id: int) -> int | None:
        try:
            return self.first + self.ordinals[database_id]
        except KeyError:
            return None


class BulkIds:
    """Gives ids to the nodes of applications, one application after another."""

    def __init__(self) -> None:
        self._ranges: list[_Range] = []
        self._next = 0

    def begin_application(self, database: str) -> int:
        """Begin the next application, whose nodes are told apart within their database alone.

        Return the id of its catalogue node.
        """
        if self._ranges:
            self._next += len(self._ranges[-1].ordinals)
        catalogue_id = self._next
        self._next += 1
        self._ranges.append(_Range(database=database, first=self._next))
        return catalogue_id

    def append(self, database_ids: Sequence[int]) -> tuple[range, Sequence[int | None]]:
        """Take nodes of the present application.

        Return their ordinals in it, and the id of each; None where an earlier application brought the node already.
        Raises: SourceChangedError for a node that the present one brought already.
        """
        present = self._ranges[-1]
        begin = len(present.ordinals)
        if (twice := present.ordinals.append(database_ids)) is not None:
            raise SourceChangedError(f"Node {twice} was read twice: the source changes while it is read.")
        ordinals = range(begin, len(present.ordinals))
        earlier = self._earlier()
        ids = [
            None if any(each.find(database_id) is not None for each in earlier) else present.first + ordinal
            for database_id, ordinal in zip(database_ids, ordinals, strict=True)
        ]
        return ordinals, ids

    def ordinal(self, database_id: int) -> int:
        """Return a node's ordinal in the present application. Raises: SourceChangedError for an unknown node."""
        try:
            return self._ranges[-1].ordinals[database_id]
        except KeyError as error:
            raise SourceChangedError(
                f"Node {database_id} ends a relationship, but was not read: the source changed."
            ) from error

    def find(self, database_id: int) -> int:
        """Return the id of a node of the present application."""
        ids = (each.find(database_id) for each in (*self._earlier(), self._ranges[-1]))
        return next(found for found in ids if found is not None)

    def is_written(self, start: int, end: int) -> bool:
        """Return whether an earlier application holds both ends, so brought the relationship."""
        return any(each.find(start) is not None and each.find(end) is not None for each in self._earlier())

    def _earlier(self) -> list[_Range]:
        return [each for each in self._ranges[:-1] if each.database == self._ranges[-1].database]
