"""How relationships are cut into records of bounded size, whatever the degree of a node."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j.connection import RECORD_BYTES, Row
from shared.adapters.neo4j.heavy import judge
from shared.adapters.neo4j.packed import open_rows
from shared.adapters.neo4j.repeating import Reads
from shared.adapters.neo4j.server_errors import TOO_LONG
from shared.graph import RelationshipRow
from shared.packing.rows import PackedReading

NARROWER = 32
"""By this the ids of a block are divided whose relationships are too long for a record."""

GROUPS_PER_STATEMENT = 64
"""Records that one statement streams; bounds the size of its parameters."""


@dataclass(frozen=True, slots=True)
class HeavyNode:
    """A start node with more relationships than a record may hold."""

    id: int


Group = list[int] | HeavyNode


def group_by_degree(degrees: Sequence[Row], *, limit: int) -> Iterator[Group]:
    """Cut start nodes, as [id, degree] in id order, into groups of at most `limit` relationships."""
    group: list[int] = []
    size = 0
    for node_id, degree in degrees:
        if degree == 0:
            continue
        if size + degree > limit and group:
            yield group
            group, size = [], 0
        if degree > limit:
            yield HeavyNode(node_id)
        else:
            group.append(node_id)
            size += degree
    if group:
        yield group


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipReader:
    """Streams relationships by start node with three statements that share their parameters."""

    connection: Reads
    of_groups: str
    blocks_of_start: str
    of_blocks: str
    parameters: Mapping[str, Any]
    batch_size: int
    packed: PackedReading | None = None
    """How rows that stay packed are read, where they should."""

    async def read(self, degrees: Sequence[Row]) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream the relationships of these start nodes, by start and id."""
        for part in _parts(group_by_degree(degrees, limit=self.batch_size)):
            async with aclosing(self._read_part(part)) as batches:
                async for rows in batches:
                    yield rows

    async def _read_part(self, part: list[list[int]] | HeavyNode) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        found = self._read_heavy(part, self.batch_size) if isinstance(part, HeavyNode) else self._read_groups(part)
        async with aclosing(found) as batches:
            async for rows in batches:
                if rows:
                    yield rows

    async def _read_groups(self, groups: list[list[int]]) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream what starts at each group of nodes; where that is too long for a record, node by node."""
        while groups:
            try:
                async with aclosing(self._stream_groups(groups)) as records:
                    async for rows in records:
                        del groups[0]
                        yield rows
                return
            except TOO_LONG:
                heavy = groups.pop(0)
            for node_id in heavy:
                async with aclosing(self._read_heavy(HeavyNode(node_id), self.batch_size)) as batches:
                    async for rows in batches:
                        yield rows

    async def _read_heavy(
        self, node: HeavyNode, width: int, first: int = 0
    ) -> AsyncGenerator[list[RelationshipRow], None]:
        """Stream a node's relationships from an id on by blocks of ids, narrower where they are too long."""
        of_node = {"start": node.id, "width": width}
        found = await self.connection.run(self.blocks_of_start, {**self.parameters, **of_node})
        blocks = sorted(row[0] for row in found if (row[0] + 1) * width > first)
        try:
            limit = None if width == 1 else RECORD_BYTES
            async with aclosing(self._stream(self.of_blocks, {**of_node, "blocks": list(blocks)}, limit)) as records:
                async for rows in records:
                    del blocks[0]
                    yield [row for row in rows if row[0] >= first]
            return
        except TOO_LONG as error:
            if width == 1:
                raise judge(error, f"Relationship {blocks[0]}") from error
        narrower = self._read_heavy(node, max(1, width // NARROWER), max(first, blocks[0] * width))
        async with aclosing(narrower) as batches:
            async for rows in batches:
                yield rows

    async def _stream_groups(self, groups: list[list[int]]) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        parameters = {**self.parameters, "groups": list(groups)}
        packed = self.packed is not None
        stream = self.connection.stream(self.of_groups, parameters, record_bytes=RECORD_BYTES, packed=packed)
        async with aclosing(stream) as records:
            async for (rows,) in records:
                yield rows if self.packed is None else open_rows(rows, self.packed)

    async def _stream(
        self, statement: str, more: Mapping[str, Any], record_bytes: int | None = RECORD_BYTES
    ) -> AsyncGenerator[list[RelationshipRow], None]:
        parameters = {**self.parameters, **more}
        async with aclosing(self.connection.stream(statement, parameters, record_bytes=record_bytes)) as records:
            async for (rows,) in records:
                yield rows


def _parts(groups: Iterator[Group]) -> Iterator[list[list[int]] | HeavyNode]:
    """Gather the groups that one statement streams; a heavy node has a statement of its own."""
    light: list[list[int]] = []
    for group in groups:
        if isinstance(group, list):
            light.append(group)
        if light and (isinstance(group, HeavyNode) or len(light) == GROUPS_PER_STATEMENT):
            yield light
            light = []
        if isinstance(group, HeavyNode):
            yield group
    if light:
        yield light
