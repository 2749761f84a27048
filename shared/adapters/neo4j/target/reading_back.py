"""Reads back what an import has written."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

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
from shared.adapters.neo4j.relationships import RelationshipReader
from shared.errors import VerificationError
from shared.graph import NodeRow, RelationshipRow


async def read_nodes(
    journal: Journal, staged: StagedNodes, ordinals: range, *, batch_size: int
) -> AsyncGenerator[Sequence[NodeRow], None]:
    """Read written nodes by ordinal; joined ones are left out. Raises: VerificationError when one is gone."""
    for first in ordinals[::batch_size]:
        numbers = staged.joined.leave_out(range(first, min(first + batch_size, ordinals.stop)))
        ids = [staged.ids[each] for each in numbers]
        left = iter(numbers)
        async with aclosing(read_by_ids(journal.patient, STAGED_NODES, ids)) as parts:
            async for some, rows in parts:
                if [row[0] for row in rows] != some:
                    raise VerificationError(f"{len(some) - len(rows)} of the nodes from number {first} on are gone.")
                yield [(number, staged.labels_of(row), row[2]) for row, number in zip(rows, left, strict=False)]


async def read_relationships(
    journal: Journal, staged: StagedNodes, starts: range, *, batch_size: int
) -> AsyncGenerator[Sequence[RelationshipRow], None]:
    """Read the written relationships that start at these ordinals, their ends as ordinals."""
    index = staged.index
    reader = RelationshipReader(
        connection=journal.patient,
        of_groups=STAGED_RELATIONSHIPS,
        blocks_of_start=STAGED_RELATIONSHIP_BLOCKS,
        of_blocks=STAGED_RELATIONSHIPS_OF_BLOCKS,
        parameters={},
        batch_size=batch_size,
    )
    for first in starts[::batch_size]:
        ids = staged.ids[first : min(first + batch_size, starts.stop)].tolist()
        (degrees,) = (await journal.read(STAGED_DEGREES, {"ids": ids}))[0]
        async with aclosing(reader.read(degrees)) as batches:
            async for rows in batches:
                yield [(row[0], index[row[1]], index[row[2]], row[3], row[4]) for row in rows]


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
