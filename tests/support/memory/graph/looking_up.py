"""Finds keys in a database in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from shared.graph import NodeRow
from shared.index_keys import Index
from shared.node_keys import KeyForm
from shared.ports.graph_target import KeyHolder
from tests.support.memory.graph.data import MemoryDatabase, MemoryJournal
from tests.support.memory.graph.replacing import is_replaced


@dataclass(frozen=True)
class MemoryKeyLookup:
    """A KeyLookup over a MemoryDatabase; the journal says what the import would replace."""

    data: MemoryDatabase
    journal: MemoryJournal

    @property
    def forms(self) -> Sequence[KeyForm]:
        return self.data.forms.unique

    @property
    def shared_labels(self) -> Collection[str]:
        return self.data.shared_labels

    @property
    def indexes(self) -> Sequence[Index]:
        return self.data.indexes

    async def find(self, rows: Sequence[NodeRow]) -> Sequence[KeyHolder]:
        journals = self.data.journals
        labels = {each.ids[at]: names for each in journals.values() for at, names in each.labels.items()}
        own = journals.get(self.journal.plan.job_id)
        passed_over = set() if own is None else set(own.created_ids)
        scopes = self.data.all_scope_labels() | {
            one.label for each in journals.values() for one in each.plan.applications
        }
        return [
            KeyHolder(at=at, form=form, id=node_id, labels=frozenset(there - scopes), properties=node.properties)
            for form in self.forms
            for at, row in enumerate(rows)
            for node_id, node in self.data.nodes.items()
            if node_id not in passed_over
            if node_id in self.data.held or not is_replaced(self.data, self.journal, node)
            for there in [node.labels | set(labels.get(node_id, ()))]
            for key in [form.key_of(row[1], row[2])]
            if key is not None and form.key_of(sorted(there), node.properties) == key
        ]
