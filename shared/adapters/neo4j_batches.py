"""How relationships are cut into records of bounded size, whatever the degree of a node."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j_driver import Connection, Row
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

    connection: Connection
    of_groups: str
    blocks_of_start: str
    of_blocks: str
    parameters: Mapping[str, Any]
    batch_size: int

    async def read(self, degrees: Sequence[Row]) -> AsyncIterator[Sequence[RelationshipRow]]:
        """Stream the relationships of these start nodes, by start and id."""
        light: list[list[int]] = []
        for group in group_by_degree(degrees, limit=self.batch_size):
            if isinstance(group, list):
                light.append(group)
            if light and (isinstance(group, HeavyNode) or len(light) == GROUPS_PER_STATEMENT):
                async for rows in self._read_groups(light):
                    yield rows
                light = []
            if isinstance(group, HeavyNode):
                async for rows in self._read_heavy(group.id):
                    yield rows
        if light:
            async for rows in self._read_groups(light):
                yield rows

    async def _read_groups(self, groups: list[list[int]]) -> AsyncIterator[Sequence[RelationshipRow]]:
        async for (rows,) in self.connection.stream(self.of_groups, {**self.parameters, "groups": groups}):
            if rows:
                yield rows

    async def _read_heavy(self, start: int) -> AsyncIterator[Sequence[RelationshipRow]]:
        parameters = {**self.parameters, "start": start, "width": self.batch_size}
        blocks = sorted(row[0] for row in await self.connection.run(self.blocks_of_start, parameters))
        async for (rows,) in self.connection.stream(self.of_blocks, {**parameters, "blocks": blocks}):
            if rows:
                yield rows
