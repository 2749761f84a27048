"""Hides replaced or removed applications in one step, and deletes them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row, Transaction
from shared.adapters.neo4j.cypher.batches import CREATE_BATCH
from shared.adapters.neo4j.cypher.linking import count_crossing
from shared.adapters.neo4j.cypher.names import RETIRED
from shared.adapters.neo4j.cypher.replacing import (
    IS_RETIRED,
    RECORDS,
    RETIRE_ENTRIES,
    SET_RETIRED,
    count_label,
    label_nodes,
    release_shared_nodes,
    restore_nodes,
    retire_nodes,
    strip_nodes,
)
from shared.adapters.neo4j.cypher.sharing import UNRETIRE
from shared.adapters.neo4j.journal.holds import read_held
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.repeating import Portion
from shared.adapters.neo4j.replacing.moving import OLD, STRIPPED, Moves, drop_lost, move_rest
from shared.adapters.neo4j.replacing.removal import Removal, delete_records
from shared.adapters.neo4j.scopes import read_scopes
from shared.catalogue import CATALOGUE_LABEL
from shared.node_keys import KeyForms
from shared.ports.import_plans import JournalPhase

STEP_NODES = 20_000
"""Nodes that step back in one transaction, where not all go at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What the target holds of the applications that go."""

    names: Sequence[str]
    versions: Sequence[str]
    """For each name the version that goes; empty: all do."""
    labels: Sequence[str]
    """Scope labels of all their versions, but for those that others claim."""
    others: Sequence[str]
    """Labels that other applications have: nodes that carry one stay."""
    forms: KeyForms
    """What tells the database's nodes apart."""

    @classmethod
    async def read(cls, journal: Journal, forms: KeyForms) -> Self:
        """Look into the catalogue, or into the journal once the entries have stepped back."""
        record = journal.record
        names, versions = record.replaced_names, record.replaced_versions
        scopes = await read_scopes(journal.patient, names, versions, job_id=record.job_id)
        others = sorted(set(scopes.others).difference(scopes.stepped_back or ()))
        labels = scopes.going if scopes.stepped_back is None else scopes.stepped_back
        return cls(names=names, versions=versions, labels=labels, others=others, forms=forms)

    async def count(self, connection: AnyConnection) -> int:
        """Return how many nodes step back, at the most."""
        counts = [await connection.run(count_label(each), {"label": each}) for each in self.labels]
        return sum(rows[0][0] for rows in counts)

    async def count_crossing(self, connection: AnyConnection, *, limit: int) -> int:
        """Return how many relationships join what goes to what stays, up to a limit for each label."""
        parameters = {"labels": self.labels, "limit": limit}
        counts = [await connection.run(count_crossing(each), {**parameters, "label": each}) for each in self.labels]
        return sum(rows[0][0] for rows in counts)


async def retire_at_once(transaction: Transaction, journal: Journal, replaced: Replaced) -> None:
    """Let everything step back within the transaction that also brings the new in."""
    await _retire_entries(transaction, journal, replaced)
    for label in replaced.labels:
        while await _retire_some(journal, replaced, label, transaction, STEP_NODES):
            pass


async def retire_in_steps(journal: Journal, replaced: Replaced) -> None:
    """Withdraw the catalogue entries, then let the nodes step back, few at a time; do nothing where it was done.

    It must be over before the first new node comes in, because the new may have the label of the old.
    """
    if (await journal.read(IS_RETIRED, {"job": journal.record.job_id}))[0][0]:
        return
    await journal.write(lambda transaction: _retire_entries(transaction, journal, replaced))
    portion = Portion(STEP_NODES)
    for label in replaced.labels:
        while await _retire_step(journal, replaced, label, portion):
            pass
    await journal.write_at_once(SET_RETIRED, {})


async def delete_replaced(journal: Journal, replaced: Replaced) -> None:
    """Delete what stepped back, once the new is visible and has what others had on the old.

    Others may attach something to it at any time: that is moved, or counted as lost, before the rest is deleted.
    """
    is_over = False
    while not is_over:
        moves = await Moves.read(journal.connection, journal, replaced.forms)
        if journal.record.labels:
            await move_rest(journal, moves)
        await drop_lost(journal, moves, replaced.others)
        is_over = await _delete_old(journal, replaced, moves)
    if moves.stripped:
        await delete_records(journal, STRIPPED)


async def _delete_old(journal: Journal, replaced: Replaced, moves: Moves) -> bool:
    """Delete the nodes that go, but for those with a relationship to one that stays; return whether all went."""
    is_over = True
    entries = {key for key, label, *_ in moves.old if label == CATALOGUE_LABEL}
    for keys, is_content in (([key for key, *_ in moves.old if key not in entries], True), (sorted(entries), False)):
        removal = Removal(
            journal=journal,
            phase=JournalPhase.PUBLISHED,
            marker=RETIRED,
            others=replaced.others,
            released=moves.released,
            is_told=is_content,
        )
        await removal.carry_out(keys)
        is_over &= removal.is_over
    return is_over


async def restore_replaced(journal: Journal) -> None:
    """Bring back what stepped back, for an import that cannot be completed; the records stay until that is over."""
    portion = Portion(STEP_NODES)
    for phase, make_statement in ((OLD, restore_nodes), (STRIPPED, label_nodes)):
        for key, label, _ in await _read_records(journal, phase):
            await journal.write_all(portion, make_statement(label), {"key": key, "label": label})


async def forget_replaced(journal: Journal) -> None:
    """Delete the records of what stepped back, once it is back."""
    for phase in (OLD, STRIPPED):
        await delete_records(journal, phase)


async def _read_records(journal: Journal, phase: str) -> list[Row]:
    return await journal.read(RECORDS, {"prefixes": [journal.prefix(phase)]})


async def _retire_entries(transaction: Transaction, journal: Journal, replaced: Replaced) -> None:
    going = {"labels": replaced.labels, "names": replaced.names, "versions": replaced.versions}
    record = {"job": journal.record.job_id, "prefix": journal.prefix(OLD), "label": CATALOGUE_LABEL}
    await transaction.run(RETIRE_ENTRIES, {**going, **record})


async def _retire_step(journal: Journal, replaced: Replaced, label: str, portion: Portion) -> bool:
    return await journal.write_some(portion, partial(_retire_some, journal, replaced, label))


async def _retire_some(journal: Journal, replaced: Replaced, label: str, transaction: Transaction, limit: int) -> bool:
    """Let some nodes of a label step back, with their record; return whether there may be more."""
    parameters = {"label": label, "others": replaced.others, "limit": limit}
    ((found,),) = await transaction.run(retire_nodes(label), parameters)
    ids, held = await _release_held(transaction, found)
    released: Sequence[int] = []
    is_all = False
    if len(found) < limit:
        released, is_all = await _release_some(transaction, label, parameters)
    shared = [*released, *held]
    if ids or shared:
        await _record(transaction, journal, label, ids, shared)
    if journal.record.labels and ids:
        for unique in {form.label for form in replaced.forms.unique}:
            await _strip(transaction, journal, unique, ids)
    return not is_all


async def _release_some(
    transaction: Transaction, label: str, parameters: Mapping[str, Any]
) -> tuple[Sequence[int], bool]:
    """Let nodes that stay with others lose the label; return which, and whether none has it any more."""
    ((left,),) = await transaction.run(count_label(label), parameters)
    if not left:
        return [], True
    ((released, looked_at),) = await transaction.run(release_shared_nodes(label), parameters)
    # Of those that were looked at, others may just have left some: these go, too.
    return released, looked_at < parameters["limit"] and looked_at == len(released)


async def _release_held(transaction: Transaction, ids: list[int]) -> tuple[list[int], list[int]]:
    """Let nodes that an import has joined stay after all; return those that go, then those.

    It looks once the nodes are locked: who joins one locks it first.
    """
    held = set(await read_held(transaction, ids, but_for="")) if ids else set()
    if held:
        await transaction.run(UNRETIRE, {"ids": list(held)})
    return [each for each in ids if each not in held], sorted(held)


async def _strip(transaction: Transaction, journal: Journal, label: str, ids: list[int]) -> None:
    """Let the new have keys that the old still hold: these lose the label under the constraint, with a record."""
    ((stripped,),) = await transaction.run(strip_nodes(label), {"ids": ids, "label": label})
    if stripped:
        batch = {"key": f"{journal.prefix(STRIPPED)}{stripped[0]}/{label}", "label": label, "ids": stripped}
        await transaction.run(CREATE_BATCH, {"batch": batch})


async def _record(transaction: Transaction, journal: Journal, label: str, ids: list[int], shared: list[int]) -> None:
    # A label and the first node that lost it: no other record of the job has both.
    key = f"{journal.prefix(OLD)}{(ids or shared)[0]}/{label}"
    batch = {"key": key, "label": label, "ids": ids, "shared": shared}
    await transaction.run(CREATE_BATCH, {"batch": batch})
