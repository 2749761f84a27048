"""A GraphImport over a database in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from dataclasses import dataclass, replace

from shared.catalogue import CATALOGUE_LABEL
from shared.concurrency.interruptions import LeaseLost
from shared.errors import ConstraintViolatedError, NodeStagedError
from shared.graph import GraphCounts, NodeRow, RelationshipRow
from shared.jobs.summaries import JoinedReport, LostReport, ReferencesReport, Summary, UndoReport
from shared.packing.elements import Wire
from shared.ports.import_plans import JournalPhase, PlannedApplication
from shared.references import ExternalReference
from tests.support.memory.graph.connecting import find_far_end, make_link, publish_links
from tests.support.memory.graph.data import MemoryDatabase, MemoryJournal, MemoryLink
from tests.support.memory.graph.replacing import find_replaced, is_replaced, move_relationships
from tests.support.packing import WIRE


@dataclass
class MemoryImport:
    """One holder of a journal: staged nodes carry no label of the application."""

    data: MemoryDatabase
    journal: MemoryJournal
    epoch: int
    shared: Collection[int] = ()
    lanes: int = 2
    wire: Wire = WIRE
    removed: Callable[[GraphCounts], None] = lambda _: None

    @property
    def phase(self) -> JournalPhase:
        return self.journal.phase

    @phase.setter
    def phase(self, phase: JournalPhase) -> None:
        self.journal.phase = phase

    @property
    def summary(self) -> Summary:
        return self.journal.summary

    @property
    def _job_id(self) -> str:
        return self.journal.plan.job_id

    def _fence(self) -> None:
        current = self.data.journals.get(self._job_id)
        if current is None or current.epoch != self.epoch:
            raise LeaseLost(self._job_id)

    async def nodes_written(self) -> Sequence[range]:
        return self.journal.node_ranges

    async def relationships_written(self) -> Sequence[range]:
        return self.journal.relationship_ranges

    def mark_shared(self, ordinals: Collection[int]) -> None:
        self.shared = ordinals

    @property
    def joined(self) -> Collection[int]:
        return self.journal.joined_ids

    async def read_joined(self, ordinals: Sequence[int]) -> Sequence[NodeRow]:
        joined_ids = self.journal.joined_ids
        nodes = [(each, self.data.nodes[joined_ids[each]]) for each in ordinals]
        early = {self.journal.ids[at]: names for at, names in self.journal.labels.items() if at not in joined_ids}
        return [
            (each, sorted({*node.labels, *early.get(joined_ids[each], ())}), dict(node.properties))
            for each, node in nodes
        ]

    async def note_waiting(self, waiting: bool) -> None:
        self._fence()
        self.journal.is_waiting = waiting

    async def write_nodes(self, first: int, rows: Sequence[NodeRow]) -> None:
        self._fence()
        journal, written = self.journal, range(first, first + len(rows))
        if written in journal.node_ranges:
            return
        holders = [self._find_holder(first + at, row) for at, row in enumerate(rows)]
        for at, ((_, labels, properties), holder) in enumerate(zip(rows, holders, strict=True)):
            if holder is not None:
                journal.joined_ids[first + at] = holder
                if self.data.nodes[holder].labels & self.data.all_scope_labels():
                    journal.owned.add(holder)
            journal.ids[first + at] = self.data.add_node([], dict(properties)) if holder is None else holder
            journal.labels[first + at] = list(labels)
        journal.node_ranges.append(written)

    def _find_holder(self, ordinal: int, row: NodeRow) -> int | None:
        """Return the node that takes the place of this one. Raises: NodeStagedError, ConstraintViolatedError."""
        may_join = ordinal in self.shared or bool(set(self.data.shared_labels) & set(row[1]))
        journals = self.data.journals
        staged = {
            node: job
            for job, each in journals.items()
            if each.phase is not JournalPhase.PUBLISHED
            for node in each.created_ids
        }
        labels = {each.ids[at]: names for each in journals.values() for at, names in each.labels.items()}
        for form in self.data.unique:
            key = form.key_of(row[1], row[2])
            for node_id, node in self.data.nodes.items():
                there = form.key_of(sorted({*node.labels, *labels.get(node_id, ())}), node.properties)
                if key is None or there != key or is_replaced(self.data, self.journal, node):
                    continue
                if staged.get(node_id, self._job_id) != self._job_id:
                    raise NodeStagedError(staged[node_id])
                if not may_join:
                    raise ConstraintViolatedError(f"constraint on {form.label} {form.properties}")
                return node_id
        return None

    async def write_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> None:
        self._fence()
        journal, written = self.journal, range(first, first + len(rows))
        if written in journal.relationship_ranges:
            return
        links = []
        for _, start, end, type_name, properties in rows:
            ends = journal.ids[start], journal.ids[end]
            if start in journal.joined_ids and end in journal.joined_ids:
                links.append(MemoryLink(journal.place_of(start), *ends, type_name, dict(properties)))
                continue
            added = self.data.add_relationship(*ends, type_name, dict(properties))
            journal.relationship_ids.append(added)
            journal.relationship_ends[added] = start, end
        journal.links[-1 - first] = links, []
        journal.relationship_ranges.append(written)

    async def read_nodes(self, ordinals: range, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        for first in ordinals[::batch_size]:
            rows = [
                (each, self.journal.labels[each], self.data.nodes[self.journal.ids[each]].properties)
                for each in range(first, min(first + batch_size, ordinals.stop))
                if each not in self.journal.joined_ids
            ]
            if rows:
                yield rows

    async def read_relationships(
        self, starts: range, *, batch_size: int
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        ends_of = self.journal.relationship_ends
        rows = [
            (key, *ends_of[key], row.type, row.properties)
            for key in self.journal.relationship_ids
            for row in [self.data.relationships[key]]
            if ends_of[key][0] in starts
        ]
        for first in range(0, len(rows), batch_size):
            yield rows[first : first + batch_size]

    async def connect(self, first: int, references: Sequence[ExternalReference]) -> Sequence[ExternalReference]:
        self._fence()
        journal = self.journal
        if first not in journal.links:
            ends = [(at, each, find_far_end(self.data, journal, each)) for at, each in enumerate(references)]
            links = [make_link(journal, each, far) for _, each, far in ends if far is not None]
            journal.links[first] = links, [at for at, _, far in ends if far is None]
        return [references[at] for at in journal.links[first][1]]

    async def add_to_summary(self, *, references: ReferencesReport, shared: JoinedReport) -> None:
        self._fence()
        self.journal.summary = replace(self.summary, references=references, shared=shared)

    def on_removed(self, removed: Callable[[GraphCounts], None]) -> None:
        self.removed = removed

    async def publish(self) -> None:
        self._fence()
        if self.phase is JournalPhase.PUBLISHED:
            return
        replaced, replaced_entries = find_replaced(self.data, self.journal)
        old, released = self.data.release(replaced, self.data.claimed(but_for=replaced_entries))
        old |= replaced_entries
        self._label_nodes()
        entries: dict[str, list[int]] = {}
        for each in self.journal.plan.applications:
            entries.setdefault(each.name, []).append(self._enter(each))
        if lost := move_relationships(self.data, self.journal, old=old, released=released, entries=entries):
            report = LostReport(count=len(lost), listed=tuple(lost[:100]))
            self.journal.summary = replace(self.summary, references_lost=report)
        self._remove_old(old)
        publish_links(self.data, self.journal)
        self.phase = JournalPhase.PUBLISHED

    def _label_nodes(self) -> None:
        journal, first = self.journal, 0
        for application in journal.plan.applications:
            for ordinal in range(first, first := first + application.counts.nodes):
                early = () if ordinal in journal.joined_ids else journal.labels[ordinal]
                self.data.nodes[journal.ids[ordinal]].labels.update([*early, application.label])

    def _enter(self, one: PlannedApplication) -> int:
        ids = {"ServiceId": one.service_id, "VersionId": one.version_id}
        entry = {"Name": one.name, "Label": one.label, "Version": one.version, "Kind": one.kind, **ids}
        known = {key: value for key, value in entry.items() if value is not None}
        return self.data.add_node([CATALOGUE_LABEL], {**one.catalogue_properties, **known})

    def _remove_old(self, old: set[int]) -> None:
        """Remove nodes with their relationships, and tell of all but catalogue entries."""
        content = {each for each in old if not self.data.is_catalogue(self.data.nodes[each])}
        before = len(self.data.relationships)
        self.data.remove(content)
        self.removed(GraphCounts(nodes=len(content), relationships=before - len(self.data.relationships)))
        self.data.remove(old - content)

    async def undo(self) -> UndoReport:
        self._fence()
        data, relationships = self.data, self.journal.relationship_ids
        claimed = data.claimed() - {each.label for each in self.journal.plan.applications}
        created = [each for each in self.journal.created_ids if not data.nodes[each].labels & claimed]
        for each in relationships:
            del data.relationships[each]
        data.remove(set(created))
        self.removed(GraphCounts(nodes=len(created), relationships=len(relationships)))
        del data.journals[self._job_id]
        scopes = data.all_scope_labels()
        data.remove({each for each in self.journal.owned - data.held if not data.nodes[each].labels & scopes})
        return UndoReport(nodes_removed=len(created), relationships_removed=len(relationships), nodes_left=0)

    async def forget(self) -> None:
        self._fence()
        del self.data.journals[self._job_id]
