"""One import under way in a Neo4j database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from shared.adapters.neo4j.cypher.batches import BATCH_OF_KEY, BATCHES, CREATE_NODES, CREATE_RELATIONSHIPS
from shared.adapters.neo4j.cypher.linking import SET_SUMMARY
from shared.adapters.neo4j.cypher.sharing import CREATE_JOINING_RELATIONSHIPS, NODES_OF_HOLDS, PLACED, SET_WAITING
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.journal.summaries import format_summary
from shared.adapters.neo4j.nodes.joining import describe_joining, place_batch
from shared.adapters.neo4j.nodes.placing import NodePlacing
from shared.adapters.neo4j.nodes.staged import StagedNodes
from shared.adapters.neo4j.packed import WIRE, pack_nodes, pack_relationships
from shared.adapters.neo4j.repeating import Portion
from shared.adapters.neo4j.server_errors import RefusedDataError, TooMuchAtOnceError
from shared.adapters.neo4j.target.blaming import Blame, blame_node, blame_relationship, refusals_named
from shared.adapters.neo4j.target.connecting import Connecting
from shared.adapters.neo4j.target.publishing import publish_import
from shared.adapters.neo4j.target.reading_back import JoinedReading, ReadingBack
from shared.adapters.neo4j.target.undoing import forget_import, undo_import
from shared.catalogue import CATALOGUE_LABEL
from shared.errors import ConstraintViolatedError, VerificationError
from shared.graph import GraphCounts, NodeRow, RelationshipRow
from shared.jobs.summaries import JoinedReport, ReferencesReport, UndoReport
from shared.packing.elements import PackedElements
from shared.ports.import_plans import JournalPhase
from shared.references import ExternalReference

NODES, RELATIONSHIPS = "n", "r"

_Row = TypeVar("_Row", NodeRow, RelationshipRow)


class Neo4jImport:
    """A GraphImport whose records, written with each batch, say what exists."""

    def __init__(self, journal: Journal, *, is_new: bool = False) -> None:
        """`is_new`: nothing can be recorded yet, because the journal has just been begun."""
        self.phase = journal.record.phase
        self.summary = journal.record.summary
        self.lanes = journal.record.lanes
        self.wire = WIRE
        self._journal = journal
        self._staged = StagedNodes(journal.record)
        self._placing = NodePlacing(journal, self._staged)
        self._reading_back = ReadingBack(journal, self._staged)
        self._connecting: Connecting | None = None
        self._unrecorded = {NODES, RELATIONSHIPS} if is_new else set()

    async def nodes_written(self) -> Sequence[range]:
        """Return the ranges of node ordinals that are recorded as written."""
        if NODES in self._unrecorded:
            return []
        async for _, record in self._journal.read_records(PLACED, NODES):
            self._staged.joined.remember(record)
        return [
            self._staged.remember(first, ids, withheld)
            async for _, first, _, ids, withheld in self._journal.read_records(BATCHES, NODES)
        ]

    def mark_shared(self, ordinals: Collection[int]) -> None:
        """Say which nodes the source's applications shared."""
        self._placing.shared = ordinals

    @property
    def joined(self) -> Collection[int]:
        """The ordinals of the nodes that are joined."""
        return self._staged.joined.holds

    async def read_joined(self, ordinals: Sequence[int]) -> Sequence[NodeRow]:
        """Read joined nodes by ordinal, as the target has them, with all their labels."""
        ids = [self._staged.ids[each] for each in ordinals]
        holds = [self._staged.joined.holds[each].to_row() for each in ordinals]
        found = {row[0]: row for row in await self._journal.read(NODES_OF_HOLDS, {"holds": holds})}
        if len(found) < len(set(ids)):
            raise VerificationError(f"{len(set(ids)) - len(found)} of the shared nodes are gone.")
        rows = [(ordinal, found[node_id]) for ordinal, node_id in zip(ordinals, ids, strict=True)]
        return [(ordinal, self._staged.labels_of(row), row[2]) for ordinal, row in rows]

    async def note_waiting(self, waiting: bool) -> None:
        """Note for others whether this import waits for another's node. Raises: LeaseLost."""
        await self._journal.write_at_once(SET_WAITING, {"waiting": waiting})

    async def relationships_written(self) -> Sequence[range]:
        """Return the ranges of relationship ordinals that are recorded as written."""
        if RELATIONSHIPS in self._unrecorded:
            return []
        records = self._journal.read_records(BATCHES, RELATIONSHIPS)
        return [range(first, first + count) async for _, first, count, *_ in records]

    async def write_nodes(self, first: int, rows: Sequence[NodeRow]) -> None:
        """Create the nodes of a contiguous range of ordinals, staged, with their record, in one transaction.

        Raises: ConstraintViolatedError, InvalidDataError, LeaseLost.
        """
        self._unrecorded.discard(NODES)
        is_placed = await self._placing.concerns(first, rows)
        write = self._place_nodes if is_placed else self._create_nodes
        await in_parts(first, rows, write, partial(blame_node, self._journal))

    async def write_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> None:
        """Create relationships between staged nodes, with their record.

        Raises: as write_nodes; VerificationError when an end is missing.
        """
        self._unrecorded.discard(RELATIONSHIPS)
        await in_parts(first, rows, self._create_relationships, partial(blame_relationship, self._journal))

    async def _create_nodes(self, first: int, rows: Sequence[NodeRow]) -> int:
        batch = {
            **self._batch(NODES, first, len(rows)),
            "application": self._journal.record.application_of(first),
        }
        parameters = {"batch": batch, **_describe_nodes(rows)}
        record = await self._write(CREATE_NODES, parameters)
        self._staged.remember(first, record["ids"], record["withheld"])
        return int(record["count"])

    async def _place_nodes(self, first: int, rows: Sequence[NodeRow]) -> int:
        """Create those nodes that are not there; look again as long as that changes meanwhile."""
        record = await place_batch(
            self._journal,
            self._placing,
            {**self._batch(NODES, first, len(rows)), "application": self._journal.record.application_of(first)},
            rows,
        )
        self._staged.joined.remember(record)
        self._staged.remember(first, record["ids"], record["withheld"])
        return int(record["count"])

    async def _create_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> int:
        if self._staged.joined.touches(rows):
            return await self._join_relationships(first, rows)
        sent = _describe_relationships(rows, self._staged.ids)
        parameters = {"batch": self._batch(RELATIONSHIPS, first, len(rows)), "rows": sent}
        return self._require_all(first, await self._write(CREATE_RELATIONSHIPS, parameters))

    @staticmethod
    def _require_all(first: int, record: Mapping[str, Any]) -> int:
        count, created = int(record["count"]), record["created"]
        if created != count:
            # A MATCH without a hit drops its row silently: the ends must have been tampered with.
            raise VerificationError(
                f"Only {created} of the {count} relationships from number {first} on found both their nodes."
            )
        return count

    async def _join_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> int:
        described = describe_joining(self._journal, self._staged, first, rows)
        parameters = {"batch": self._batch(RELATIONSHIPS, first, len(rows)), **described}
        return self._require_all(first, await self._write(CREATE_JOINING_RELATIONSHIPS, parameters))

    def _batch(self, phase: str, first: int, count: int) -> dict[str, Any]:
        return {"key": self._journal.key(phase, first), "first": first, "count": count}

    async def _write(self, statement: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write a batch; return its record, which an earlier try may have left. Raises: ConstraintViolatedError."""
        try:
            (record,) = await self._journal.write_in_lane(JournalPhase.WRITING, statement, parameters)
        except ConstraintViolatedError:
            key = {"key": parameters["batch"]["key"]}
            if not (found := await self._journal.read(BATCH_OF_KEY, key)):
                raise
            ((record,),) = found
        return dict(record)

    async def read_nodes(self, ordinals: range, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Read written nodes back by ordinal. Raises: VerificationError when one is gone."""
        async with aclosing(self._reading_back.read_nodes(ordinals, batch_size=batch_size)) as batches:
            async for rows in batches:
                yield rows

    async def read_relationships(
        self, starts: range, *, batch_size: int
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Read the written relationships that start at these ordinals back, their ends as ordinals."""
        if self.joined:
            found = JoinedReading(self._journal, self._staged, batch_size=batch_size).read(starts)
        else:
            found = self._reading_back.read_relationships(starts, batch_size=batch_size)
        async with aclosing(found) as batches:
            async for rows in batches:
                yield rows

    async def connect(self, first: int, references: Sequence[ExternalReference]) -> Sequence[ExternalReference]:
        """Note relationships to nodes of other applications, for publishing; return those whose far end is not there.

        Raises: InvalidDataError, LeaseLost.
        """
        self._connecting = self._connecting or Connecting(self._journal, self._staged)
        with refusals_named(f"One of {len(references)} references to other applications"):
            return await self._connecting.connect(first, references)

    async def add_to_summary(self, *, references: ReferencesReport, shared: JoinedReport) -> None:
        """Add to the summary what became of references and shared nodes, before publishing. Raises: LeaseLost."""
        summary = replace(self.summary, references=references, shared=shared)
        await self._journal.write_at_once(SET_SUMMARY, {"summary": format_summary(summary)})
        self.summary = summary

    def on_removed(self, removed: Callable[[GraphCounts], None]) -> None:
        """Call this with what each step of an undo, or of publishing, has deleted for good."""
        self._journal.on_removed = removed

    async def publish(self) -> None:
        """Make the application visible: from the first step on there is only forward.

        Raises: InvalidDataError for a value that an index on the application's label does not take; LeaseLost.
        """
        with refusals_named("What gets the label of the application, or enters the catalogue,"):
            await publish_import(self._journal, self.phase)
        self.phase = JournalPhase.PUBLISHED
        if self._journal.record.replaced_names:  # publishing told of references that were lost
            self.summary = await self._journal.read_summary()

    async def undo(self) -> UndoReport:
        """Remove everything that this import wrote, by its records. Raises: LeaseLost."""
        self.phase = JournalPhase.UNDOING
        return await undo_import(self._journal)

    async def forget(self) -> None:
        """Drop the journal of an import that is published, once its job is known to be closed."""
        await forget_import(self._journal)


def _describe_nodes(rows: Sequence[NodeRow]) -> Mapping[str, Any]:
    """Say to the statement what to create, and which nodes get the catalogue's label only when all is published."""
    if isinstance(rows, PackedElements) and CATALOGUE_LABEL not in rows.labels:
        return {"rows": pack_nodes(rows), "withheld": []}
    withheld = [at for at, row in enumerate(rows) if CATALOGUE_LABEL in row[1]]
    sent = [[[label for label in row[1] if label != CATALOGUE_LABEL], row[2]] for row in rows]
    return {"rows": sent, "withheld": withheld}


def _describe_relationships(rows: Sequence[RelationshipRow], ids: memoryview) -> object:
    if isinstance(rows, PackedElements):
        return pack_relationships(rows, ids)
    return [[ids[row[1]], ids[row[2]], row[3], row[4]] for row in rows]


async def in_parts(
    first: int, rows: Sequence[_Row], write: Callable[[int, Sequence[_Row]], Awaitable[int]], blame: Blame[_Row]
) -> None:
    """Write a range, in ever smaller parts where the server does not take all at once, or refuses one of them.

    It may turn out to be more than was asked for, where an earlier try left a record.
    Raises: InvalidDataError for a row that it does not take alone; PassingStateError.
    """
    portion = Portion(len(rows))
    while rows:
        portion.limit = min(portion.limit, len(rows))
        try:
            count = await portion.write(partial(_write_some, first, rows, write, blame))
        except TooMuchAtOnceError as error:
            raise await blame(first, rows[0], error) from error
        first, rows = first + count, rows[count:]


async def _write_some(
    first: int,
    rows: Sequence[_Row],
    write: Callable[[int, Sequence[_Row]], Awaitable[int]],
    blame: Blame[_Row],
    limit: int,
) -> int:
    try:
        return await write(first, rows[:limit])
    except RefusedDataError as error:
        if limit > 1:
            raise
        # A passing state again where the values are taken after all.
        raise await blame(first, rows[0], error) from error
