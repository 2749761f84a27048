"""The journal of one import: checked first by every write, which is repeated when its answer is lost."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row, Transaction
from shared.adapters.neo4j.cypher.journal import JOURNAL, LOCK_JOURNAL, SET_PHASE_AT_ONCE
from shared.adapters.neo4j.journal.summaries import read_summary
from shared.adapters.neo4j.repeating import PatientReading, Portion, repeat
from shared.adapters.neo4j.server_errors import RepeatableError, TooMuchAtOnceError
from shared.catalogue import DEFAULT_VERSION
from shared.concurrency.interruptions import LeaseLost
from shared.graph import GraphCounts
from shared.jobs.summaries import Summary
from shared.ports.import_plans import JournalPhase

RECORDS_AT_ONCE = 8
"""Batch records that are read at once: each may name 50 000 nodes."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRecord:
    """The journal node as it was read."""

    job_id: str
    epoch: int
    claim: int | None
    """The fence of the claim that it belongs to: the epoch, or one before that."""
    phase: JournalPhase
    names: tuple[str, ...]
    """The name of each application."""
    labels: tuple[str, ...]
    """The scope label of each application."""
    versions: tuple[str, ...]
    """The version of each application."""
    ends: tuple[int, ...]
    """For each application, the node ordinal after its last."""
    replaced_names: tuple[str, ...]
    """The applications that go when this import is published."""
    replaced_versions: tuple[str, ...]
    """For each of them the version that goes; empty: all do."""
    summary: Summary
    lanes: int
    """How many batches may be written at once."""

    @property
    def nodes(self) -> int:
        """How many nodes all applications have."""
        return self.ends[-1] if self.ends else 0

    def application_of(self, ordinal: int) -> int:
        """Return the place of the application that the node belongs to."""
        return bisect_right(self.ends, ordinal)

    def ordinals_of(self, ordinal: int) -> range:
        """Return the ordinals of all nodes of that application."""
        place = self.application_of(ordinal)
        return range(self.ends[place - 1] if place else 0, self.ends[place])

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> JournalRecord:
        """Read the node's properties."""
        return cls(
            job_id=properties["job"],
            epoch=properties["epoch"],
            claim=properties.get("claim"),
            phase=JournalPhase(properties["phase"]),
            names=tuple(properties["names"]),
            labels=tuple(properties["labels"]),
            # What an earlier release began says nothing of versions.
            versions=tuple(properties.get("versions", [DEFAULT_VERSION] * len(properties["labels"]))),
            ends=tuple(properties["ends"]),
            replaced_names=tuple(properties["replaced"]),
            replaced_versions=tuple(properties["replaced_versions"]),
            summary=read_summary(properties),
            lanes=properties["lanes"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """What settings say of imports."""

    installation: str
    """Whose journals these are."""
    reference_keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shared_labels: Sequence[str] = ()
    """Nodes that carry one are joined to those that have their keys."""
    lanes: int = 1
    """Of imports that begin."""


def _tell_nobody(_: GraphCounts) -> None:
    """Let nobody know what was removed."""


class Journal:
    """Opens the write transactions of one import, each fenced by its epoch."""

    def __init__(self, connection: AnyConnection, record: JournalRecord, settings: TargetSettings) -> None:
        self.connection = connection
        self.patient = PatientReading(connection)
        self.record = record
        self.settings = settings
        self.on_removed: Callable[[GraphCounts], None] = _tell_nobody
        self.keys = {"job": record.job_id, "epoch": record.epoch}
        """What IN_JOURNAL compares."""
        self._free_lanes: asyncio.Queue[str] = asyncio.Queue()
        for lane in range(record.lanes):
            self._free_lanes.put_nowait(f"{record.job_id}/{lane}")

    def with_epoch(self, epoch: int) -> Journal:
        """Return the same journal, whose epoch has been raised."""
        raised = Journal(self.connection, replace(self.record, epoch=epoch), self.settings)
        raised.on_removed = self.on_removed
        return raised

    def key(self, phase: str, first: int) -> str:
        """Return the key of a batch record: keys of one phase sort by their first ordinal."""
        return f"{self.prefix(phase)}{first:012d}"

    def prefix(self, phase: str) -> str:
        """Return what all keys of a phase (`n` for nodes, `r` for relationships) start with."""
        return f"{self.record.job_id}/{phase}/"

    async def write_some(self, portion: Portion, work: Callable[[Transaction, int], Awaitable[Result]]) -> Result:
        """Do as `write` does with so much of the work as the server has the memory, and the time, for."""
        return await portion.write(
            lambda limit: self.write(lambda transaction: work(transaction, limit), but_for=TooMuchAtOnceError)
        )

    async def write(
        self, work: Callable[[Transaction], Awaitable[Result]], *, but_for: type[RepeatableError] | tuple[()] = ()
    ) -> Result:
        """Run work in a transaction that holds the journal, again as long as the error says that it may be repeated.

        Work must be able to follow itself: after a lost answer it cannot know whether it was committed.
        Raises: LeaseLost when the journal is gone or a higher epoch has taken over.
        """

        async def attempt() -> Result:
            async with self._fenced() as transaction:
                result = await work(transaction)
                await transaction.commit()
                return result

        return await repeat(attempt, but_for=but_for)

    async def write_at_once(
        self, statement: str, parameters: Mapping[str, Any], *, but_for: type[RepeatableError] | tuple[()] = ()
    ) -> Row:
        """Run a statement that is a transaction of its own, begun by IN_JOURNAL; return its only row.

        It costs one round trip, and may be repeated as in `write`. Raises: as `write`.
        """
        send = partial(self.connection.write, statement, {**parameters, **self.keys}, self.keys)
        rows = await repeat(send, but_for=but_for)
        if not rows:
            raise self._taken_over()
        return rows[0]

    async def write_some_at_once(self, portion: Portion, statement: str, parameters: Mapping[str, Any]) -> Row:
        """Do as `write_at_once` does, with so much at $limit as the server has the memory, and the time, for."""
        return await portion.write(
            lambda limit: self.write_at_once(statement, {**parameters, "limit": limit}, but_for=TooMuchAtOnceError)
        )

    async def write_all(self, portion: Portion, statement: str, parameters: Mapping[str, Any]) -> None:
        """Run a statement again and again, which does $limit things at most and returns how many, until none is left.

        Raises: as `write`.
        """

        async def work(transaction: Transaction, limit: int) -> int:
            return int((await transaction.run(statement, {**parameters, "limit": limit}))[0][0])

        while await self.write_some(portion, work):
            pass

    async def read(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run a reading statement, again after a lost connection, and return all its rows."""
        return await self.patient.run(statement, parameters)

    async def read_records(self, statement: str, phase: str) -> AsyncGenerator[Row, None]:
        """Read the records of a phase by their keys, which the rows begin with, few at a time in memory."""
        prefix, after, rows = self.prefix(phase), "", [[""]] * RECORDS_AT_ONCE
        while len(rows) == RECORDS_AT_ONCE:
            rows = await self.read(statement, {"prefix": prefix, "after": after, "limit": RECORDS_AT_ONCE})
            for row in rows:
                after = row[0]
                yield row

    async def write_in_lane(self, phase: JournalPhase, statement: str, parameters: Mapping[str, Any]) -> Row:
        """Run a statement that is a transaction of its own in a lane that is free; return its only row.

        It is repeated as in `write`, unless it is too much for the server as it is.
        Raises: LeaseLost, also when the import has left the phase; TooMuchAtOnceError.
        """
        async with self._lane() as lane:
            in_lane = {**parameters, "lane": lane, "epoch": self.record.epoch, "phase": phase.value}
            send = partial(self.connection.write, statement, in_lane, self.keys)
            rows = await repeat(send, but_for=TooMuchAtOnceError)
        if not rows:
            raise self._taken_over()
        return rows[0]

    async def read_summary(self) -> Summary:
        """Return what the import has to report by now. Raises: LeaseLost when the journal is gone."""
        rows = await self.connection.run(JOURNAL, {"job": self.record.job_id})
        if not rows:
            raise LeaseLost(f"the journal of job {self.record.job_id} is gone")
        return read_summary(rows[0][0])

    @asynccontextmanager
    async def _lane(self) -> AsyncIterator[str]:
        lane = await self._free_lanes.get()
        try:
            yield lane
        finally:
            self._free_lanes.put_nowait(lane)

    @asynccontextmanager
    async def _fenced(self) -> AsyncIterator[Transaction]:
        async with self.connection.transaction(self.keys) as transaction:
            if not await transaction.run(LOCK_JOURNAL, self.keys):
                raise self._taken_over()
            yield transaction

    def _taken_over(self) -> LeaseLost:
        return LeaseLost(f"the import of job {self.record.job_id} has been taken over or ended")


async def set_phase(journal: Journal, phase: JournalPhase) -> None:
    """Write how far the import has come. Raises: LeaseLost."""
    await journal.write_at_once(SET_PHASE_AT_ONCE, {"phase": phase.value})
