"""Deletes the nodes that batch records name, in lanes and in transactions of bounded size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.removing import (
    DELETE_BATCHES,
    delete_all,
    delete_attached,
    delete_nodes,
    delete_outgoing,
    next_marked,
    release_claimed,
)
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.repeating import Portion, repeat
from shared.adapters.neo4j.server_errors import RepeatableError, TooMuchAtOnceError
from shared.concurrency.lanes import in_lanes
from shared.errors import ConstraintViolatedError
from shared.graph import GraphCounts
from shared.ports.import_plans import JournalPhase

AT_ONCE = 10_000
"""Nodes or relationships deleted in one transaction: a node may have hundreds of thousands of relationships."""

RECORDS_AT_ONCE = 100

NAMED_LABELS = 10
"""Of a node that cannot be removed: enough to find it by."""


@dataclass(slots=True, kw_only=True)
class Removal:
    """The removal of all marked nodes that some records name, with counts that the database gave."""

    journal: Journal
    phase: JournalPhase
    """That of the journal meanwhile."""
    marker: str
    others: Sequence[str]
    """Labels that others claim: a node that has got one since it was marked stays."""
    released: Sequence[int] | None = None
    """Nodes whose relationships go. Where this is given, those with others that stay do not, nor do nodes with one."""
    nodes: int = 0
    relationships: int = 0
    portion: Portion = field(default_factory=lambda: Portion(AT_ONCE))
    is_told: bool = True
    """Whether somebody is told of each step."""

    is_over: bool = True
    """Whether nothing is left of what the records name, once the removal has been carried out."""

    async def carry_out(self, keys: Sequence[str]) -> None:
        """Delete relationships first, from their start, so that no two lanes meet at one. Raises: LeaseLost."""
        if len(keys) == 1:
            await self._go_on(self._delete_all, keys[0])
            return
        lanes = self.journal.record.lanes
        if self.others:
            await in_lanes(keys, self._release, lanes=lanes)
        await in_lanes(keys, self._delete_outgoing, lanes=lanes)
        await in_lanes(keys, partial(self._go_on, self._delete_nodes), lanes=lanes)

    async def _go_on(self, delete: Callable[[str], Awaitable[tuple[int, int]]], key: str) -> None:
        """Delete until nothing is left; where some nodes stay, until nothing more goes.

        `delete` returns how much it has deleted, and how many nodes are left.
        """
        deleted, left = await delete(key)
        while left and (deleted or not self._is_sparing):
            deleted, left = await delete(key)
        self.is_over &= not left

    async def _delete_all(self, key: str) -> tuple[int, int]:
        """Delete what a single record names, in one step where the server takes it: no lane meets another."""
        relationships, nodes, left = await self._write(delete_all(self.marker, inside=self._is_sparing), key)
        self._count(GraphCounts(nodes=nodes, relationships=relationships))
        return nodes + relationships, left

    async def _release(self, key: str) -> None:
        released = self.portion.limit
        while released >= self.portion.limit:
            (released,) = await self._write(release_claimed(self.marker), key)

    async def _delete_outgoing(self, key: str) -> None:
        await self._delete_relationships(delete_outgoing(self.marker, inside=self._is_sparing), key)

    async def _delete_nodes(self, key: str) -> tuple[int, int]:
        await self._delete_relationships(delete_attached(self.marker, inside=self._is_sparing), key)
        nodes, left = await self._write(delete_nodes(self.marker), key)
        self._count(GraphCounts(nodes=nodes, relationships=0))
        return nodes, left

    async def _delete_relationships(self, statement: str, key: str) -> None:
        deleted = self.portion.limit
        while deleted >= self.portion.limit:
            (deleted,) = await self._write(statement, key)
            self._count(GraphCounts(nodes=0, relationships=deleted))

    def _count(self, deleted: GraphCounts) -> None:
        self.nodes += deleted.nodes
        self.relationships += deleted.relationships
        if self.is_told:
            self.journal.on_removed(deleted)

    @property
    def _is_sparing(self) -> bool:
        return self.released is not None

    async def _write(self, statement: str, key: str) -> Row:
        """Delete, or let stay, no more at once than the server has memory, and time, for."""
        parameters = {"key": key, "others": self.others, "released": self.released or []}

        async def attempt(limit: int) -> Row:
            try:
                return await self.journal.write_in_lane(self.phase, statement, {**parameters, "limit": limit})
            except ConstraintViolatedError as error:  # at the commit, where a node has got a relationship meanwhile
                raise RepeatableError(error.message) from error

        try:
            return await self.portion.write(lambda limit: repeat(partial(attempt, limit), but_for=TooMuchAtOnceError))
        except TooMuchAtOnceError as error:
            raise TooMuchAtOnceError(f"{await self._name_next(key)} {error.message}") from error

    async def _name_next(self, key: str) -> str:
        """Say which node is the next to go, where one at a time is too much for the server; not whose else it is."""
        for node_id, labels in await self.journal.read(next_marked(self.marker), {"key": key}):
            own = sorted(set(labels).difference(self.others, [self.marker]))
            return f"Removing stands at node {node_id} with labels {own[:NAMED_LABELS]}."
        return "Removing stands at what is removed already."


async def delete_records(journal: Journal, phase: str) -> None:
    """Delete the records of a phase."""
    await journal.write_all(Portion(RECORDS_AT_ONCE), DELETE_BATCHES, {"prefix": journal.prefix(phase)})
