"""Re-attaches relationships of other applications from removed nodes to the nodes that replace them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row, Transaction
from shared.adapters.neo4j.cypher.linking import ADD_LOST, CROSSING, DROP_LOST, move_relationships
from shared.adapters.neo4j.cypher.replacing import RECORDS
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.journal.summaries import LISTED_LOST, format_lost
from shared.adapters.neo4j.repeating import Portion
from shared.catalogue import CATALOGUE_LABEL
from shared.jobs.summaries import LostReference
from shared.node_keys import KeyForm, KeyForms
from shared.references import Direction

OLD = "o"
"""Phase of the records that name what was replaced."""

STRIPPED = "s"
"""Phase of the records that name nodes which lost a label under a uniqueness constraint, so that others can have it."""

MOVED_AT_ONCE = 10_000
"""Relationships that move in one transaction."""

RECORDS_AT_ONCE = 10
"""Records that one statement looks through: each may name 20 000 nodes."""

_ENTRIES = tuple(KeyForm(label=CATALOGUE_LABEL, properties=names) for names in (("Name", "Version"), ("Name",)))
"""A catalogue entry's successor is that of its version, else the only one of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Nodes that go, whose successors one form of key finds."""

    form: KeyForm
    record: str
    """The key of the record that names them."""
    labels: Sequence[str]
    """A successor carries one of these."""
    is_stripped: bool
    """Whether the nodes that go no longer carry the form's label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the records of an import say of the nodes that it replaces."""

    steps: Sequence[_Step]
    """Of the records that name a node with a relationship to one that stays."""
    old: Sequence[Row]
    """The records that name the nodes that go: key, label, nodes that stay with others."""
    stripped: Sequence[Row]
    """The records that name those of them that lost a label, likewise."""
    crossing: frozenset[str]
    """The keys of the records that name a node with a relationship to one that stays."""
    released: Sequence[int]
    """Nodes that the old application shared: they stay, and what they had with it inside goes."""

    @classmethod
    async def read(cls, connection: AnyConnection | Transaction, journal: Journal, forms: KeyForms) -> Self:
        """Read the records, and which of them name what others have relationships with."""
        prefixes = [journal.prefix(each) for each in (OLD, STRIPPED)]
        rows = await connection.run(RECORDS, {"prefixes": prefixes})
        old, stripped = [[row for row in rows if row[0].startswith(each)] for each in prefixes]
        released = [node_id for *_, shared in old for node_id in shared]
        crossing = await _find_crossing(connection, [key for key, *_ in rows], released)
        steps = [each for each in _steps(journal, forms, old, stripped) if each.record in crossing]
        return cls(steps=steps, old=old, stripped=stripped, crossing=crossing, released=released)

    async def move_some(self, transaction: Transaction, limit: int) -> int:
        """Move relationships, so many at the most for each form and direction; return how many."""
        moved = 0
        for step in self.steps:
            for leaving in (True, False):
                statement = move_relationships(step.form.label, step.form.properties, leaving=leaving)
                moved += (await transaction.run(statement, self._parameters(step, limit)))[0][0]
        return moved

    def _parameters(self, step: _Step, limit: int) -> dict[str, Any]:
        return {
            "key": step.record,
            "label": step.form.label,
            "keys": step.form.properties,
            "labels": step.labels,
            "stripped": step.is_stripped,
            "released": self.released,
            "limit": limit,
        }


async def _find_crossing(
    connection: AnyConnection | Transaction, keys: Sequence[str], released: Sequence[int]
) -> frozenset[str]:
    """Return the keys of those records that name a node with a relationship to one that stays."""
    found: set[str] = set()
    for first in range(0, len(keys), RECORDS_AT_ONCE):
        some = keys[first : first + RECORDS_AT_ONCE]
        found.update(key for (key,) in await connection.run(CROSSING, {"keys": some, "released": released}))
    return frozenset(found)


def _steps(journal: Journal, forms: KeyForms, old: Sequence[Row], stripped: Sequence[Row]) -> Iterator[_Step]:
    labels = journal.record.labels
    for form in forms.forms:
        for key, label, _ in stripped:
            if label == form.label:
                yield _Step(form=form, record=key, labels=labels, is_stripped=True)
        for key, label, _ in old:
            if label != CATALOGUE_LABEL:
                yield _Step(form=form, record=key, labels=labels, is_stripped=False)
    for key, label, _ in old:
        if label == CATALOGUE_LABEL:
            for form in _ENTRIES:
                yield _Step(form=form, record=key, labels=[CATALOGUE_LABEL], is_stripped=True)


async def move_rest(journal: Journal, moves: Moves) -> None:
    """Move, few at a time, whatever still hangs on nodes that go."""
    if not moves.steps:
        return
    portion = Portion(MOVED_AT_ONCE)
    while await journal.write_some(portion, moves.move_some):
        pass


async def drop_lost(journal: Journal, moves: Moves, others: Sequence[str]) -> None:
    """Drop, few at a time, what found no successor; the journal counts it, and lists some."""
    portion = Portion(MOVED_AT_ONCE)
    for key in sorted(moves.crossing.intersection(key for key, *_ in moves.old)):
        parameters = {"key": key, "released": moves.released, "others": others}
        while await journal.write_some(portion, partial(_drop_some, journal, parameters)):
            pass


async def _drop_some(journal: Journal, parameters: Mapping[str, Any], transaction: Transaction, limit: int) -> int:
    rows = await transaction.run(DROP_LOST, {**parameters, "limit": limit})
    if rows:
        listed = [format_lost(_describe(row)) for row in rows[:LISTED_LOST]]
        more = {"job": journal.record.job_id, "count": len(rows), "listed": listed, "limit": LISTED_LOST}
        await transaction.run(ADD_LOST, more)
    return len(rows)


def _describe(row: Row) -> LostReference:
    type_name, leaves, applications = row
    direction = Direction.OUT if leaves else Direction.IN
    return LostReference(type=type_name, direction=direction, applications=tuple(sorted(applications)))
