"""Streams one application out of a database, by blocks of ids."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.application import ApplicationStatements
from shared.adapters.neo4j.heavy import read_by_ids
from shared.adapters.neo4j.packed import open_rows, reading_of
from shared.adapters.neo4j.relationships import RelationshipReader
from shared.adapters.neo4j.server_errors import TOO_LONG
from shared.adapters.neo4j.source.lanes import read_in_lanes
from shared.errors import SourceChangedError
from shared.graph import NodeRow, RelationshipRow
from shared.native import is_compiled
from shared.packing.rows import PackedReading, PackedRows

IDS_PER_BLOCK = 1_000
"""Ids that one range of a statement spans; far fewer would be seeks for nothing where ids are dense."""

ROWS_PER_RECORD = 1_000
"""At most: more are no faster, and several records wait in memory."""

NODES_PER_PART = 32_000
"""Nodes that a lane reads with one statement: long enough to hide its start, short enough to end in time."""


@dataclass(frozen=True, kw_only=True)
class ApplicationReader:
    """Reads nodes, then relationships, over several sessions."""

    connection: AnyConnection
    statements: ApplicationStatements
    label: str
    others: frozenset[str]
    """Scope labels of other applications, which may share nodes."""
    batch_size: int
    lanes: int

    @cached_property
    def _packed_nodes(self) -> PackedReading:
        return reading_of(self.connection.name, self._mend_nodes)

    @cached_property
    def _packed_relationships(self) -> PackedReading:
        return reading_of(self.connection.name, _mend_relationships)

    async def read_nodes(self) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Stream the nodes in ascending id order, without their scope label."""
        parts = [self._read_nodes_of(part) for part in await self._parts()]
        async with aclosing(read_in_lanes(parts, lanes=self.lanes)) as batches:
            async for rows in batches:
                yield rows

    async def read_relationships(self) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream the relationships with both ends in the application, by ascending start node, then id."""
        parts = [self._read_relationships_of(part) for part in await self._parts()]
        async with aclosing(read_in_lanes(parts, lanes=self.lanes)) as batches:
            async for rows in batches:
                yield rows

    async def _read_nodes_of(self, groups: Sequence[list[int]]) -> AsyncGenerator[Sequence[NodeRow], None]:
        async with aclosing(self._read_records(list(groups))) as records:
            async for rows in records:
                if not isinstance(rows, PackedRows):
                    self._mend_nodes(rows)
                if rows:
                    yield rows

    def _mend_nodes(self, rows: Sequence[Row]) -> None:
        take_scopes_off(rows, self.label, self.others)

    async def _read_records(self, groups: list[list[int]]) -> AsyncGenerator[Sequence[Any], None]:
        """Stream the nodes of each group; of one that is too long for a record, fewer at once."""
        while groups:
            try:
                async with aclosing(self._stream(self.statements.nodes, groups, packed=is_compiled())) as records:
                    async for (rows,) in records:
                        del groups[0]
                        yield open_rows(rows, self._packed_nodes) if isinstance(rows, bytes) else rows
                return
            except TOO_LONG:
                heavy = groups.pop(0)
            async with aclosing(self._read_heavy(heavy)) as parts:
                async for _, rows in parts:
                    yield rows

    async def _read_heavy(self, blocks: list[int]) -> AsyncGenerator[tuple[Sequence[int], Sequence[Any]], None]:
        async with aclosing(self._stream(self.statements.degrees, [blocks])) as records:
            ids = [node_id async for (rows,) in records for node_id, _ in rows]
        packed = self._packed_nodes if is_compiled() else None
        reading = read_by_ids(self.connection, self.statements.nodes_of_ids, ids, label=self.label, packed=packed)
        async with aclosing(reading) as parts:
            async for part in parts:
                yield part

    async def _read_relationships_of(
        self, groups: Sequence[list[int]]
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        reader = RelationshipReader(
            connection=self.connection,
            of_groups=self.statements.relationships,
            blocks_of_start=self.statements.relationship_blocks,
            of_blocks=self.statements.relationships_of_blocks,
            parameters={"label": self.label},
            batch_size=self._rows_per_record,
            packed=self._packed_relationships if is_compiled() else None,
        )
        async with aclosing(self._stream(self.statements.degrees, groups)) as records:
            degrees = [each async for (rows,) in records for each in rows]
        async with aclosing(reader.read(degrees)) as batches:
            async for rows in batches:
                if not isinstance(rows, PackedRows):
                    _mend_relationships(rows)
                yield rows

    async def _stream(
        self, statement: str, groups: Sequence[list[int]], *, packed: bool = False
    ) -> AsyncGenerator[Row, None]:
        parameters = {"label": self.label, "width": self._width, "groups": list(groups)}
        async with aclosing(self.connection.stream(statement, parameters, packed=packed)) as records:
            async for record in records:
                yield record

    async def _parts(self) -> Sequence[Sequence[list[int]]]:
        """Return what each statement reads: groups of blocks, a record each."""
        found = await self.connection.run(self.statements.blocks, {"label": self.label, "width": self._width})
        groups = list(group_blocks(sorted(found), limit=self._rows_per_record))
        size = max(1, NODES_PER_PART // self._rows_per_record)
        return [groups[start : start + size] for start in range(0, len(groups), size)]

    @property
    def _width(self) -> int:
        return min(self.batch_size, IDS_PER_BLOCK)

    @property
    def _rows_per_record(self) -> int:
        return min(self.batch_size, ROWS_PER_RECORD)


def group_blocks(blocks: Sequence[Row], *, limit: int) -> Iterator[list[int]]:
    """Gather blocks, as [block, nodes] in order, into groups of at most `limit` nodes, or of one block."""
    group: list[int] = []
    size = 0
    for block, nodes in blocks:
        if size + nodes > limit and group:
            yield group
            group, size = [], 0
        group.append(block)
        size += nodes
    if group:
        yield group


def take_scopes_off(rows: Sequence[Row], label: str, others: frozenset[str]) -> None:
    """Leave of each node's labels those that are content: neither its scope label nor those of others that share it.

    Raises: SourceChangedError for a node that lost its scope label, or was deleted, while it was read.
    """
    for row in rows:
        try:
            row[1].remove(label)
        except ValueError as error:
            raise SourceChangedError(f"Node {row[0]} left application {label!r} while it was read.") from error
        if not others.isdisjoint(row[1]):
            row[1] = [each for each in row[1] if each not in others]


def _mend_relationships(rows: Sequence[Row | RelationshipRow]) -> None:
    require_types(row[3] for row in rows)


def require_types(types: Iterable[str]) -> None:
    """Raises: SourceChangedError if one is empty: so the server tells of relationships deleted while it reads them."""
    if not all(types):
        raise SourceChangedError("A relationship was deleted while it was read.")
