"""How relationships are cut into records of bounded size, whatever the degree of a node."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.repeating import Reads
from shared.graph import RelationshipRow

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

    async def read(self, degrees: Sequence[Row]) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream the relationships of these start nodes, by start and id."""
        for part in _parts(group_by_degree(degrees, limit=self.batch_size)):
            async with aclosing(self._read_part(part)) as batches:
                async for rows in batches:
                    yield rows

    async def _read_part(self, part: list[list[int]] | HeavyNode) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        if isinstance(part, HeavyNode):
            statement, parameters = self.of_blocks, await self._blocks_of(part)
        else:
            statement, parameters = self.of_groups, {"groups": part}
        async with aclosing(self.connection.stream(statement, {**self.parameters, **parameters})) as records:
            async for (rows,) in records:
                if rows:
                    yield rows

    async def _blocks_of(self, node: HeavyNode) -> Mapping[str, Any]:
        of_node = {"start": node.id, "width": self.batch_size}
        found = await self.connection.run(self.blocks_of_start, {**self.parameters, **of_node})
        return {**of_node, "blocks": sorted(row[0] for row in found)}


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
