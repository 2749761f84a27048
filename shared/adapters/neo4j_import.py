"""One import under way in a Neo4j database."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import orjson

from shared.adapters import cypher
from shared.adapters.neo4j_batches import RelationshipReader
from shared.adapters.neo4j_connecting import FarEnd, FarEnds, OwnNodes
from shared.adapters.neo4j_driver import Row, TooMuchAtOnceError, Transaction
from shared.adapters.neo4j_journal import Journal
from shared.adapters.neo4j_links import LINKS, Link, record_links
from shared.adapters.neo4j_publish import publish_import
from shared.adapters.neo4j_undo import forget_import, undo_import
from shared.catalogue import CATALOGUE_LABEL
from shared.errors import ConstraintViolatedError, VerificationError
from shared.graph import NodeRow, RelationshipRow
from shared.ordinals import OrdinalIndex
from shared.ports import JournalPhase, UndoReport
from shared.references import Direction, ExternalReference

NODES, RELATIONSHIPS = "n", "r"


class Neo4jImport:
    """A GraphImport whose records, written with each batch, say what exists."""

    def __init__(self, journal: Journal) -> None:
        self.phase = journal.record.phase
        self.summary = journal.record.summary
        self.lanes = journal.record.lanes
        self._journal = journal
        self._ids = array("q", [-1]) * journal.record.nodes
        self._withheld: set[int] = set()
        self._index = OrdinalIndex()
        self._far_ends: FarEnds | None = None

    async def nodes_written(self) -> Sequence[range]:
        """Return the ranges of node ordinals that are recorded as written."""
        return [self._remember(first, ids, withheld) for _, first, _, ids, withheld in await self._records(NODES)]

    async def relationships_written(self) -> Sequence[range]:
        """Return the ranges of relationship ordinals that are recorded as written."""
        return [range(first, first + count) for _, first, count, *_ in await self._records(RELATIONSHIPS)]

    async def write_nodes(self, first: int, rows: Sequence[NodeRow]) -> None:
        """Create the nodes of a contiguous range of ordinals, staged, with their record, in one transaction.

        Raises: ConstraintViolatedError, LeaseLost.
        """
        await in_parts(first, rows, self._create_nodes)

    async def write_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> None:
        """Create relationships between staged nodes, with their record.

        Raises: as write_nodes; VerificationError when an end is missing.
        """
        await in_parts(first, rows, self._create_relationships)

    async def _create_nodes(self, first: int, rows: Sequence[NodeRow]) -> int:
        batch = {
            **self._batch(NODES, first, len(rows)),
            "application": self._journal.record.application_of(first),
        }
        withheld = [at for at, row in enumerate(rows) if CATALOGUE_LABEL in row[1]]
        sent = [[[label for label in row[1] if label != CATALOGUE_LABEL], row[2]] for row in rows]
        parameters = {"batch": batch, "rows": sent, "withheld": withheld}
        record = await self._write(cypher.CREATE_NODES, parameters)
        self._remember(first, record["ids"], record["withheld"])
        return int(record["count"])

    async def _create_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> int:
        ids = self._ids
        sent = [[ids[row[1]], ids[row[2]], row[3], row[4]] for row in rows]
        parameters = {"batch": self._batch(RELATIONSHIPS, first, len(rows)), "rows": sent}
        record = await self._write(cypher.CREATE_RELATIONSHIPS, parameters)
        count, created = int(record["count"]), record["created"]
        if created != count:
            # A MATCH without a hit drops its row silently: the ends must have been tampered with.
            raise VerificationError(
                f"Only {created} of the {count} relationships from number {first} on found both their nodes."
            )
        return count

    def _batch(self, phase: str, first: int, count: int) -> dict[str, Any]:
        return {"key": self._journal.key(phase, first), "first": first, "count": count}

    async def _write(self, statement: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write a batch; return its record, which an earlier try may have left. Raises: ConstraintViolatedError."""
        try:
            (record,) = await self._journal.write_in_lane(JournalPhase.WRITING, statement, parameters)
        except ConstraintViolatedError:
            key = {"key": parameters["batch"]["key"]}
            if not (found := await self._journal.read(cypher.BATCH_OF_KEY, key)):
                raise
            ((record,),) = found
        return dict(record)

    async def read_nodes(self, ordinals: range, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Read written nodes back by ordinal. Raises: VerificationError when one is gone."""
        for first in ordinals[::batch_size]:
            ids = self._ids[first : min(first + batch_size, ordinals.stop)].tolist()
            (rows,) = (await self._journal.read(cypher.STAGED_NODES, {"ids": ids}))[0]
            if [row[0] for row in rows] != ids:
                raise VerificationError(f"{len(ids) - len(rows)} of the nodes from number {first} on are gone.")
            yield [(first + at, self._labels_of(row), row[2]) for at, row in enumerate(rows)]

    async def read_relationships(
        self, starts: range, *, batch_size: int
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Read the written relationships that start at these ordinals back, their ends as ordinals."""
        index = self._ordinal_index()
        reader = RelationshipReader(
            connection=self._journal.connection,
            of_groups=cypher.STAGED_RELATIONSHIPS,
            blocks_of_start=cypher.STAGED_RELATIONSHIP_BLOCKS,
            of_blocks=cypher.STAGED_RELATIONSHIPS_OF_BLOCKS,
            parameters={},
            batch_size=batch_size,
        )
        for first in starts[::batch_size]:
            ids = self._ids[first : min(first + batch_size, starts.stop)].tolist()
            (degrees,) = (await self._journal.read(cypher.STAGED_DEGREES, {"ids": ids}))[0]
            async with aclosing(reader.read(degrees)) as batches:
                async for rows in batches:
                    yield [(row[0], index[row[1]], index[row[2]], row[3], row[4]) for row in rows]

    async def connect(self, first: int, references: Sequence[ExternalReference]) -> Sequence[ExternalReference]:
        """Note relationships to nodes of other applications, for publishing; return those whose far end is not there.

        Raises: LeaseLost.
        """
        key = self._journal.key(f"{LINKS}/x", first)
        ends = self._far_ends = self._far_ends or await FarEnds.open(self._journal.connection, self._own_nodes())
        found = await ends.find(references)

        async def record(transaction: Transaction) -> Sequence[int]:
            if recorded := await transaction.run(cypher.LINKS_OF, {"key": key}):
                return list(recorded[0][0])
            pairs = list(zip(references, found, strict=True))
            links = [self._link(each, end) for each, end in pairs if end is not None]
            pending = [at for at, (_, end) in enumerate(pairs) if end is None]
            application = self._journal.record.application_of(references[0].node)
            await record_links(transaction, key, application, links, pending=pending)
            return pending

        return [references[at] for at in await self._journal.write(record)]

    def _own_nodes(self) -> OwnNodes:
        record, index = self._journal.record, self._ordinal_index()

        def label_of(node_id: int) -> str | None:
            ordinal = index.get(node_id)
            return None if ordinal is None else record.labels[record.application_of(ordinal)]

        labels: defaultdict[str, set[str]] = defaultdict(set)
        for name, label in zip(record.names, record.labels, strict=True):
            labels[name].add(label)
        return OwnNodes(labels={name: frozenset(each) for name, each in labels.items()}, label_of=label_of)

    def _link(self, reference: ExternalReference, far: FarEnd) -> Link:
        near = self._ids[reference.node]
        start, end = (near, far.id) if reference.direction is Direction.OUT else (far.id, near)
        return Link(
            start=start, end=end, far=far.id, guard=far.guard, type=reference.type, properties=reference.properties
        )

    async def report(self, more: Mapping[str, Any]) -> None:
        """Add to the summary, before publishing. Raises: LeaseLost."""
        summary = {**self.summary, **more}
        parameters = {"job": self._journal.record.job_id, "summary": orjson.dumps(summary).decode()}
        await self._journal.write(lambda transaction: transaction.run(cypher.SET_SUMMARY, parameters))
        self.summary = summary

    async def publish(self) -> None:
        """Make the application visible: from the first step on there is only forward. Raises: LeaseLost."""
        await publish_import(self._journal, self.phase)
        self.phase = JournalPhase.PUBLISHED
        self.summary = await self._journal.read_summary()

    async def undo(self) -> UndoReport:
        """Remove everything that this import wrote, by its records. Raises: LeaseLost."""
        self.phase = JournalPhase.UNDOING
        return await undo_import(self._journal)

    async def forget(self) -> None:
        """Drop the journal of an import that is published, once its job is known to be closed."""
        await forget_import(self._journal)

    async def _records(self, phase: str) -> list[Row]:
        return await self._journal.read(cypher.BATCHES, {"prefix": self._journal.prefix(phase)})

    def _remember(self, first: int, ids: Sequence[int], withheld: Sequence[int]) -> range:
        self._ids[first : first + len(ids)] = array("q", ids)
        self._withheld.update(withheld)
        return range(first, first + len(ids))

    def _labels_of(self, row: Row) -> list[str]:
        """Return a staged node's labels as they will be once published, without the scope label."""
        labels = [label for label in row[1] if label != cypher.STAGED]
        return [*labels, CATALOGUE_LABEL] if row[0] in self._withheld else labels

    def _ordinal_index(self) -> OrdinalIndex:
        if not len(self._index):
            self._index.append(self._ids)
        return self._index


async def in_parts(first: int, rows: Sequence[Any], write: Callable[[int, Sequence[Any]], Awaitable[int]]) -> None:
    """Write a range, in ever smaller parts where the server has not the memory for all at once.

    It may turn out to be more than was asked for, where an earlier try left a record. Raises: TooMuchAtOnceError.
    """
    size = len(rows)
    while rows:
        try:
            count = await write(first, rows[:size])
        except TooMuchAtOnceError:
            if size == 1:
                raise
            size = (size + 1) // 2
        else:
            first, rows = first + count, rows[count:]
