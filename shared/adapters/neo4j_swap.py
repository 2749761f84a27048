"""Replacing applications: the old ones step back before the new ones come in, and are deleted after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from shared.adapters import cypher
from shared.adapters.neo4j_driver import Connection, Row, Transaction
from shared.adapters.neo4j_journal import Journal
from shared.adapters.neo4j_removal import delete_nodes, delete_relationships
from shared.catalogue import CATALOGUE_LABEL

OLD = "o"
"""Phase of the records that name what was replaced."""

STEP_NODES = 20_000
"""Nodes that step back in one transaction, where not all go at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What the target holds under the names that an import replaces."""

    names: Sequence[str]
    labels: Sequence[str]
    """Scope labels of all their versions."""
    others: Sequence[str]
    """Labels that other applications may have: nodes that carry one stay."""

    @classmethod
    async def read(cls, connection: Connection | Transaction, names: Sequence[str]) -> Self:
        """Look into the catalogue; a name without an entry is its own label."""
        rows = await connection.run(cypher.REPLACED_ENTRIES, {"names": list(names)})
        entries = [row[0] for row in rows]
        bare = set(names) - {entry["Name"] for entry in entries}
        labels = bare.union(*(_labels_of(entry) for entry in entries))
        ((others,),) = await connection.run(cypher.OTHER_SCOPE_LABELS, {"names": list(names)})
        return cls(names=list(names), labels=sorted(labels), others=sorted(set(others) - labels))

    async def count(self, connection: Connection) -> int:
        """Return how many nodes step back, at the most."""
        counts = [await connection.run(cypher.count_label(each), {"label": each}) for each in self.labels]
        return sum(rows[0][0] for rows in counts)

    async def is_reached_from_outside(self, connection: Connection | Transaction) -> bool:
        """Return whether relationships join what goes to what stays."""
        for label in self.labels:
            parameters = {"label": label, "labels": self.labels, "names": self.names}
            if await connection.run(cypher.reached_from_outside(label), parameters):
                return True
        return False


def _labels_of(entry: Mapping[str, Any]) -> set[str]:
    if "Label" in entry:
        return {entry["Label"]}
    return {entry["Name"], f"{entry['Name']}@{entry['Version']}"} if "Version" in entry else {entry["Name"]}


async def retire_at_once(transaction: Transaction, journal: Journal, replaced: Replaced) -> None:
    """Let everything step back within the transaction that also brings the new in."""
    await _retire_entries(transaction, journal, replaced)
    for label in replaced.labels:
        while await _retire_some(transaction, journal, replaced, label):
            pass


async def retire_in_steps(journal: Journal, replaced: Replaced) -> None:
    """Withdraw the catalogue entries, then let the nodes step back, few at a time; do nothing where it was done.

    It must be over before the first new node comes in, because the new may have the label of the old.
    """
    if (await journal.connection.run(cypher.IS_RETIRED, {"job": journal.record.job_id}))[0][0]:
        return
    await journal.write(lambda transaction: _retire_entries(transaction, journal, replaced), lane=False)
    for label in replaced.labels:
        while await _retire_step(journal, replaced, label):
            pass
    job = {"job": journal.record.job_id}
    await journal.write(lambda transaction: transaction.run(cypher.SET_RETIRED, job), lane=False)


async def delete_replaced(journal: Journal) -> None:
    """Delete what stepped back, once the new is visible."""
    for key, _, ids, _ in await _read_records(journal):
        await delete_relationships(journal, cypher.RETIRED, ids)
        await delete_nodes(journal, cypher.RETIRED, key, ids)


async def restore_replaced(journal: Journal) -> None:
    """Bring back what stepped back, for an import that cannot be completed."""
    for key, label, ids, shared in await _read_records(journal):
        await _restore(journal, key, label, {"ids": ids, "shared": shared, "label": label})


async def _restore(journal: Journal, key: str, label: str, parameters: Mapping[str, Any]) -> None:
    async def restore(transaction: Transaction) -> None:
        await transaction.run(cypher.restore_nodes(label), parameters)
        await transaction.run(cypher.DELETE_BATCH, {"key": key})

    await journal.write(restore, lane=False)


async def _read_records(journal: Journal) -> list[Row]:
    return await journal.connection.run(cypher.RETIRED_RECORDS, {"prefix": journal.prefix(OLD)})


async def _retire_entries(transaction: Transaction, journal: Journal, replaced: Replaced) -> None:
    ((ids,),) = await transaction.run(cypher.RETIRE_ENTRIES, {"names": replaced.names})
    if ids:
        await _record(transaction, journal, CATALOGUE_LABEL, ids, [])


async def _retire_step(journal: Journal, replaced: Replaced, label: str) -> bool:
    return await journal.write(lambda transaction: _retire_some(transaction, journal, replaced, label), lane=False)


async def _retire_some(transaction: Transaction, journal: Journal, replaced: Replaced, label: str) -> bool:
    """Let some nodes of a label step back, with their record; return whether there were any."""
    parameters = {"label": label, "others": replaced.others, "limit": STEP_NODES}
    ((ids,),) = await transaction.run(cypher.retire_nodes(label), parameters)
    ((shared,),) = await transaction.run(cypher.release_shared_nodes(label), parameters)
    if ids or shared:
        await _record(transaction, journal, label, ids, shared)
    return bool(ids or shared)


async def _record(transaction: Transaction, journal: Journal, label: str, ids: list[int], shared: list[int]) -> None:
    # A label and the first node that lost it: no other record of the job has both.
    key = f"{journal.prefix(OLD)}{(ids or shared)[0]}/{label}"
    batch = {"key": key, "label": label, "ids": ids, "shared": shared}
    await transaction.run(cypher.CREATE_BATCH, {"batch": batch})
