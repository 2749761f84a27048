"""Looks, before anything is written, which nodes have keys that are taken: they are joined, or refused."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.errors import InvalidDataError, KeyTakenError
from shared.graph import NodeRow
from shared.jobs.requests import DEFAULT_BATCH_SIZE
from shared.jobs.summaries import JoinForecast, Refusal
from shared.joining.key_table import KeyTable
from shared.joining.lengths import Lengths
from shared.joining.placed import Placed, place, read_shared, shift_nodes
from shared.joining.refusals import LISTED, Refusals, describe_refusal, differing_properties
from shared.packing.ordinals import OrdinalIndex, OrdinalSet
from shared.ports.graph_target import KeyHolder, KeyLookup
from shared.ports.import_plans import PlannedApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a request says of the nodes whose keys are taken."""

    join_labels: Collection[str] = ()
    """Nodes with one of them are joined even if they differ."""
    joins_equal: bool = True
    """Whether equal nodes are joined unasked."""
    batch_size: int = DEFAULT_BATCH_SIZE


@dataclass(slots=True, kw_only=True)
class ApplicationJoins:
    """What becomes of the keyed nodes of one application, and whether all that is written fits into indexes."""

    refusals: Refusals
    lengths: Lengths
    joined: int = 0
    unmarked: int = 0
    """As in JoinForecast."""
    labels: Counter[str] = field(default_factory=Counter)
    """How many of the joined nodes have each label."""

    @property
    def message(self) -> str | None:
        """What an import of this application alone would be refused with; None: nothing."""
        return self.refusals.message or self.lengths.message

    def join(self, row: NodeRow) -> None:
        """Count a node that is joined."""
        self.joined += 1
        self.labels.update(row[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Joins:
    """The nodes of an import that are joined to others, by ordinal."""

    marked: OrdinalSet
    """All that may be."""
    equal: OrdinalSet
    """Those of them that nothing calls shared: they must be equal when the import is published, too."""
    applications: Sequence[ApplicationJoins]

    @property
    def forecast(self) -> JoinForecast:
        """Say it before it is done."""
        listed = [refused for each in self.applications for refused in each.refusals.listed]
        return JoinForecast(
            joined=sum(each.joined for each in self.applications),
            unmarked=sum(each.unmarked for each in self.applications),
            refused=sum(each.refusals.count for each in self.applications),
            listed=tuple(listed[:LISTED]),
        )

    def require_none_refused(self) -> None:
        """Raises: KeyTakenError that tells of the first that is refused, and of the ways out; as require_fitting."""
        forecast = self.forecast
        if forecast.listed:
            raise KeyTakenError(describe_refusal(forecast.listed[0], count=forecast.refused))
        self.require_fitting()

    def require_fitting(self) -> None:
        """Raises: InvalidDataError that tells of the first value that is too long for an index."""
        for each in self.applications:
            if each.lengths.message is not None:
                raise InvalidDataError(each.lengths.message)


async def _go_on() -> None:
    """Do nothing after a batch."""


async def judge_keys(
    reader: ArchiveReader,
    chosen: Sequence[ApplicationManifest],
    planned: Sequence[PlannedApplication],
    lookup: KeyLookup,
    wishes: Wishes,
    *,
    after_batch: Callable[[], Awaitable[None]] = _go_on,
) -> Joins:
    """Compare what has the key of a node of the database with that, and what is written with the indexes there.

    Raises: as the ports and after_batch.
    """
    # In a thread: it fills files of up to 40 bytes a node and constraint.
    judging = await asyncio.to_thread(_Judging, lookup, wishes, chosen, await read_shared(reader, chosen))
    for placed, one in zip(place(chosen), planned, strict=True):
        judging.begin(placed, one)
        if judging.concerns_nodes(placed):
            async for rows in reader.read_nodes(placed.application, batch_size=wishes.batch_size):
                await judging.judge(shift_nodes(rows, placed.first_node))
                await after_batch()
        if judging.lengths.concern_relationships:
            async for relationships in reader.read_relationships(placed.application, batch_size=wishes.batch_size):
                await asyncio.to_thread(judging.lengths.judge_relationships, relationships)
                await after_batch()
    return judging.joins


class _Judging:
    """One pass over the nodes of an import."""

    def __init__(
        self, lookup: KeyLookup, wishes: Wishes, chosen: Sequence[ApplicationManifest], marked: OrdinalSet
    ) -> None:
        self._lookup = lookup
        self._joins_equal = wishes.joins_equal
        self._joined_labels = {*wishes.join_labels, *lookup.shared_labels}
        self._marked = marked
        self._equal = OrdinalSet(sum(each.nodes for each in chosen))
        self._applications: list[ApplicationJoins] = []
        self._room = LISTED
        """How many refused nodes may still be listed; the first of each application is, whatever it says."""
        self._joined_by = OrdinalIndex()
        """By the id of a node that an unmarked one is joined to: the application that has done it last."""
        self._firsts = [each.first_node for each in place(chosen)]
        counts = {form: sum(each.labels.get(form.label, 0) for each in chosen) for form in lookup.forms}
        self._repeatable = [form for form, count in counts.items() if count > 1]
        """The constraints that two nodes of the import may stand against."""
        self._table = KeyTable(sum(counts[form] for form in self._repeatable))

    @property
    def joins(self) -> Joins:
        return Joins(marked=self._marked, equal=self._equal, applications=self._applications)

    def begin(self, placed: Placed, planned: PlannedApplication) -> None:
        """Go on with the next application."""
        if self._applications:
            self._room -= len(self._application.refusals.listed)
        refusals = Refusals(planned.name, room=max(self._room, 1))
        lengths = Lengths(self._lookup.indexes, placed, planned)
        self._applications.append(ApplicationJoins(refusals=refusals, lengths=lengths))

    @property
    def lengths(self) -> Lengths:
        """Those of the application."""
        return self._application.lengths

    def concerns_nodes(self, placed: Placed) -> bool:
        """Whether any node of the application can have a key, or be too long for an index."""
        labels = placed.application.labels
        return self.lengths.concern_nodes or any(form.label in labels for form in self._lookup.forms)

    async def judge(self, rows: Sequence[NodeRow]) -> None:
        """Decide for a batch of the application; in a thread, for comparing a thousand nodes takes a while."""
        await asyncio.to_thread(self._judge_batch, rows, await self._lookup.find(rows))

    def _judge_batch(self, rows: Sequence[NodeRow], holders: Sequence[KeyHolder]) -> None:
        found: defaultdict[int, list[KeyHolder]] = defaultdict(list)
        for each in holders:
            found[each.at].append(each)
        for at, row in enumerate(rows):
            if any(form.label in row[1] for form in self._lookup.forms):
                self._judge(row, found.get(at, ()))
            else:
                self.lengths.judge_node(row)

    def _judge(self, row: NodeRow, holders: Sequence[KeyHolder]) -> None:
        may_differ = row[0] in self._marked or not self._joined_labels.isdisjoint(row[1])
        if may_differ:
            self._marked.update([row[0]])
        within = self._seen_within(row, may_differ=may_differ, is_held=bool(holders))
        if not holders and not within:
            self.lengths.judge_node(row)
        elif may_differ:
            self._application.join(row)
        elif holders:
            self._compare(row, holders)
        else:
            self._join(row)

    @property
    def _application(self) -> ApplicationJoins:
        return self._applications[-1]

    @property
    def _number(self) -> int:
        return len(self._applications) - 1

    def _compare(self, row: NodeRow, holders: Sequence[KeyHolder]) -> None:
        """Join a node to the one that has its key, where they are equal."""
        refusals = self._application.refusals
        for holder in holders:
            properties = differing_properties(row[2], holder.properties)
            labels_differ = holder.labels != set(row[1])
            if properties or labels_differ:
                refusals.add(row, holder.form, Refusal.DIFFERS, properties, labels_differ=labels_differ)
                return
        holder = holders[0]
        if not self._joins_equal:
            refusals.add(row, holder.form, Refusal.COPY)
        elif self._joined_by.get(holder.id) == self._number:
            refusals.add(row, holder.form, Refusal.TWICE)
        else:
            self._joined_by.put(self._number, [holder.id])
            self._join(row)

    def _join(self, row: NodeRow) -> None:
        self._marked.update([row[0]])
        self._equal.update([row[0]])
        self._application.join(row)
        self._application.unmarked += 1

    def _seen_within(self, row: NodeRow, *, may_differ: bool, is_held: bool) -> bool:
        """Whether an earlier application of the import brings the node, so that it is the same.

        A second one of its own application is refused, unless the database holds what both are joined to.
        """
        found, first, refusals = False, self._firsts[self._number], self._application.refusals
        for form in self._repeatable:
            key = form.key_of(row[1], row[2])
            seen = None if key is None else self._table.note(form, key, row)
            if seen is None:
                continue
            if seen.ordinal >= first:
                if not is_held:
                    refusals.add(row, form, Refusal.TWICE, nodes=(seen.ordinal - first, row[0] - first))
            elif seen.is_equal or may_differ or is_held:
                found = True
            else:
                refusals.add(row, form, Refusal.DIFFERS_WITHIN)
        return found
