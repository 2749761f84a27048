"""Ids for the bulk importer: one for each node, however many of the exported applications hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from shared.errors import SourceChangedError
from shared.packing.ordinals import OrdinalIndex

Ends: TypeAlias = tuple[int, int]


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

    def ends(self, pairs: Sequence[Ends]) -> tuple[Sequence[Ends], Sequence[Ends | None]]:
        """Take relationships of the present application by the database ids of their ends.

        Return their ends as ordinals in it, and as ids; None where an earlier application brought the relationship.
        Raises: SourceChangedError for a node that was not read.
        """
        present, earlier = self._ranges[-1], self._earlier()
        try:
            ordinals = [(present.ordinals[start], present.ordinals[end]) for start, end in pairs]
        except KeyError as error:
            raise SourceChangedError(
                f"Node {error.args[0]} ends a relationship, but was not read: the source changed."
            ) from error
        if not earlier:
            return ordinals, [(present.first + start, present.first + end) for start, end in ordinals]
        return ordinals, [_ends_among(pair, (*earlier, present)) for pair in pairs]

    def _earlier(self) -> list[_Range]:
        return [each for each in self._ranges[:-1] if each.database == self._ranges[-1].database]


def _ends_among(pair: Ends, ranges: Sequence[_Range]) -> Ends | None:
    """Return the ids of both ends, unless a range before the last has them both."""
    starts, ends = ([each.find(end) for each in ranges] for end in pair)
    if any(start is not None and end is not None for start, end in zip(starts[:-1], ends[:-1], strict=True)):
        return None
    return _first(starts), _first(ends)


def _first(ids: Sequence[int | None]) -> int:
    return next(each for each in ids if each is not None)
