"""Reads back what an import has written."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.reading_back import (
    JOINED_DEGREES,
    STAGED_DEGREES,
    STAGED_NODES,
    STAGED_RELATIONSHIP_BLOCKS,
    STAGED_RELATIONSHIPS,
    STAGED_RELATIONSHIPS_OF_BLOCKS,
    TO_JOINED_RELATIONSHIP_BLOCKS,
    TO_JOINED_RELATIONSHIPS,
    TO_JOINED_RELATIONSHIPS_OF_BLOCKS,
)
from shared.adapters.neo4j.heavy import read_by_ids
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.nodes.staged import StagedNodes
from shared.adapters.neo4j.packed import reading_of
from shared.adapters.neo4j.relationships import RelationshipReader
from shared.errors import VerificationError
from shared.graph import NodeRow, RelationshipRow
from shared.native import is_compiled
from shared.packing.rows import PackedRows


class ReadingBack:
    """Reads what an import has written. Rows stay packed where the codec is there to add them up."""

    def __init__(self, journal: Journal, staged: StagedNodes) -> None:
        self._journal = journal
        self._staged = staged
        reading = partial(reading_of, journal.connection.name, ordinals=staged.index)
        self._nodes = reading(self._mend_nodes) if is_compiled() else None
        self._relationships = reading(self._mend_relationships) if is_compiled() else None

    async def read_nodes(self, ordinals: range, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Read nodes by ordinal; joined ones are left out. Raises: VerificationError when one is gone."""
        staged = self._staged
        packed = self._nodes if staged.labels_are_plain else None
        for first in ordinals[::batch_size]:
            numbers = staged.joined.leave_out(range(first, min(first + batch_size, ordinals.stop)))
            ids = [staged.ids[each] for each in numbers]
            async with aclosing(read_by_ids(self._journal.patient, STAGED_NODES, ids, packed=packed)) as parts:
                async for some, rows in parts:
                    if gone := len(some) - len(rows):
                        raise VerificationError(f"{gone} of the nodes from number {first} on are gone.")
                    if packed is None:
                        self._mend_nodes(rows)
                    yield rows

    def _mend_nodes(self, rows: Sequence[Row]) -> None:
        for row in rows:
            row[:] = self._staged.index[row[0]], self._staged.labels_of(row), row[2]

    async def read_relationships(
        self, starts: range, *, batch_size: int
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Read the relationships that start at these ordinals, their ends as ordinals."""
        reader = RelationshipReader(
            connection=self._journal.patient,
            of_groups=STAGED_RELATIONSHIPS,
            blocks_of_start=STAGED_RELATIONSHIP_BLOCKS,
            of_blocks=STAGED_RELATIONSHIPS_OF_BLOCKS,
            parameters={},
            batch_size=batch_size,
            packed=self._relationships,
        )
        for first in starts[::batch_size]:
            ids = self._staged.ids[first : min(first + batch_size, starts.stop)].tolist()
            (degrees,) = (await self._journal.read(STAGED_DEGREES, {"ids": ids}))[0]
            async with aclosing(reader.read(degrees)) as batches:
                async for rows in batches:
                    if not isinstance(rows, PackedRows):
                        self._mend_relationships(rows)
                    yield rows

    def _mend_relationships(self, rows: Sequence[Any]) -> None:
        """Name the ends of relationships, which are lists as they came, by ordinals."""
        index = self._staged.index
        for row in rows:
            row[1:3] = index[row[1]], index[row[2]]


class JoinedReading:
    """Reads the relationships back that an import has written, where it has joined nodes."""

    def __init__(self, journal: Journal, staged: StagedNodes, *, batch_size: int) -> None:
        self._journal = journal
        self._ids = staged.ids
        self._index = staged.index
        self._joined = staged.joined
        self._batch_size = batch_size

    async def read(self, starts: range) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream those that start at these ordinals of one application; of two joined ends there are links only."""
        inside = self._journal.record.ordinals_of(starts.start)
        joined = {self._ids[each]: each for each in self._joined.holds if each in inside}
        for first in starts[:: self._batch_size]:
            part = range(first, min(first + self._batch_size, starts.stop))
            for is_joined in (False, True):
                ids = [self._ids[each] for each in part if (each in self._joined.holds) is is_joined]
                async with aclosing(self._read_starts(ids, joined, is_joined=is_joined)) as batches:
                    async for rows in batches:
                        if found := [row for each in rows if (row := self._numbered(each, inside, joined)) is not None]:
                            yield found

    async def _read_starts(
        self, ids: list[int], joined: Mapping[int, int], *, is_joined: bool
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        if not ids:
            return
        statement = JOINED_DEGREES if is_joined else STAGED_DEGREES
        (degrees,) = (await self._journal.read(statement, {"ids": ids}))[0]
        async with aclosing(self._reader(joined, is_joined=is_joined).read(degrees)) as batches:
            async for rows in batches:
                yield rows

    def _reader(self, joined: Mapping[int, int], *, is_joined: bool) -> RelationshipReader:
        return RelationshipReader(
            connection=self._journal.patient,
            of_groups=STAGED_RELATIONSHIPS if is_joined else TO_JOINED_RELATIONSHIPS,
            blocks_of_start=STAGED_RELATIONSHIP_BLOCKS if is_joined else TO_JOINED_RELATIONSHIP_BLOCKS,
            of_blocks=(STAGED_RELATIONSHIPS_OF_BLOCKS if is_joined else TO_JOINED_RELATIONSHIPS_OF_BLOCKS),
            parameters={"joined": list(joined)},
            batch_size=self._batch_size,
        )

    def _numbered(self, row: RelationshipRow, inside: range, joined: Mapping[int, int]) -> RelationshipRow | None:
        """Name the ends by ordinals; None for what another application, or another import, has there."""
        _, start_id, end_id, type_name, properties = row
        if start_id in joined and end_id in joined:
            return None
        start = joined.get(start_id, self._index.get(start_id))
        end = joined.get(end_id, self._index.get(end_id))
        if start is None or end is None or start not in inside or end not in inside:
            return None
        return row[0], start, end, type_name, properties
