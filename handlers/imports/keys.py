"""Looks, before anything is written, which nodes have keys that are taken: they are joined, or refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.attempts.context import Context
from handlers.imports.key_table import KeyTable
from handlers.imports.placed import Placed, place, read_shared, shift_nodes
from handlers.imports.refusals import Refusals, differing_properties
from shared.archive.manifest import ApplicationManifest
from shared.archive.reading.reader import ArchiveReader
from shared.graph import NodeRow
from shared.jobs.record import Job
from shared.jobs.requests import CopyRequest, ImportRequest
from shared.jobs.summaries import JoinForecast, Refusal
from shared.node_keys import KeyForm
from shared.ordinals import OrdinalIndex, OrdinalSet
from shared.ports.graph_target import KeyHolder, KeyLookup
from shared.ports.import_plans import PlannedApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class Joins:
    """The nodes of an import that are joined to others, by ordinal."""

    marked: OrdinalSet
    """All that may be."""
    equal: OrdinalSet
    """Those of them that nothing calls shared: they must be equal when the import is published, too."""
    refusals: Refusals
    joined: int

    @property
    def forecast(self) -> JoinForecast:
        """Say it before it is done."""
        return self.refusals.forecast(joined=self.joined, unmarked=len(self.equal))


async def find_joins(
    reader: ArchiveReader,
    chosen: Sequence[ApplicationManifest],
    planned: Sequence[PlannedApplication],
    request: ImportRequest,
    context: Context,
) -> Joins:
    """Compare what has the key of a node of the database with that. Raises: as the ports and advance."""
    lookup = await context.target(request.database).look_up_keys(context.job.id, planned)
    judging = _Judging(lookup, request, context.job, chosen, await read_shared(reader, chosen))
    for number, (placed, plan) in enumerate(zip(place(chosen), planned, strict=True)):
        if judging.concerns(placed):
            async for rows in reader.read_nodes(placed.application, batch_size=request.batch_size):
                await judging.judge(number, plan.name, shift_nodes(rows, placed.first_node))
                await context.advance(context.lease.progress)
    return judging.joins


class _Judging:
    """One pass over the nodes of an import."""

    def __init__(
        self,
        lookup: KeyLookup,
        request: ImportRequest,
        job: Job,
        chosen: Sequence[ApplicationManifest],
        marked: OrdinalSet,
    ) -> None:
        self._lookup = lookup
        self._joins_equal = not (isinstance(job.request, CopyRequest) and job.request.stays_inside)
        self._joined_labels = {*request.join_labels, *lookup.shared_labels}
        self._marked = marked
        self._equal = OrdinalSet(sum(each.nodes for each in chosen))
        self._refusals = Refusals()
        self._joined = 0
        self._joined_by = OrdinalIndex()
        """By the id of a node that an unmarked one is joined to: the application that has done it last."""
        self._common = _common_forms(lookup.forms, chosen)
        self._table = KeyTable(
            sum(each.labels[form.label] for form in self._common for each in chosen if form.label in each.labels)
        )

    @property
    def joins(self) -> Joins:
        return Joins(marked=self._marked, equal=self._equal, refusals=self._refusals, joined=self._joined)

    def concerns(self, placed: Placed) -> bool:
        """Whether any node of the application can have a key."""
        return any(form.label in placed.application.labels for form in self._lookup.forms)

    async def judge(self, number: int, name: str, rows: Sequence[NodeRow]) -> None:
        """Decide for a batch of an application."""
        found: defaultdict[int, list[KeyHolder]] = defaultdict(list)
        for each in await self._lookup.find(rows):
            found[each.at].append(each)
        for at, row in enumerate(rows):
            if any(form.label in row[1] for form in self._lookup.forms):
                self._judge(number, name, row, found.get(at, ()))

    def _judge(self, number: int, name: str, row: NodeRow, holders: Sequence[KeyHolder]) -> None:
        may_differ = row[0] in self._marked or not self._joined_labels.isdisjoint(row[1])
        if may_differ:
            self._marked.update([row[0]])
        within = self._seen_within(number, name, row, may_differ=may_differ or bool(holders))
        if may_differ:
            self._joined += bool(holders) or within
        elif holders:
            self._compare(number, name, row, holders)
        elif within:
            self._join(row)

    def _compare(self, number: int, name: str, row: NodeRow, holders: Sequence[KeyHolder]) -> None:
        """Join a node to the one that has its key, where they are equal."""
        for holder in holders:
            properties = differing_properties(row[2], holder.properties)
            labels_differ = holder.labels != set(row[1])
            if properties or labels_differ:
                self._refusals.add(name, row, holder.form, Refusal.DIFFERS, properties, labels_differ=labels_differ)
                return
        holder = holders[0]
        if not self._joins_equal:
            self._refusals.add(name, row, holder.form, Refusal.COPY)
        elif self._joined_by.get(holder.id) == number:
            self._refusals.add(name, row, holder.form, Refusal.TWICE)
        else:
            self._joined_by.put(number, [holder.id])
            self._join(row)

    def _join(self, row: NodeRow) -> None:
        self._marked.update([row[0]])
        self._equal.update([row[0]])
        self._joined += 1

    def _seen_within(self, number: int, name: str, row: NodeRow, *, may_differ: bool) -> bool:
        """Whether an earlier application of the import brings the node, so that it is the same."""
        found = False
        for form in self._common:
            key = form.key_of(row[1], row[2])
            seen = None if key is None else self._table.note(form, key, row, number)
            if seen is None or seen.application == number:
                continue
            if seen.is_equal or may_differ:
                found = True
            else:
                self._refusals.add(name, row, form, Refusal.DIFFERS_WITHIN)
        return found


def _common_forms(forms: Sequence[KeyForm], chosen: Sequence[ApplicationManifest]) -> list[KeyForm]:
    """Return the constraints under which several applications have nodes."""
    return [form for form in forms if sum(form.label in each.labels for each in chosen) > 1]
