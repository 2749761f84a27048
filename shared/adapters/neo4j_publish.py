"""Publishing an import: from its first step on there is only forward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.adapters import cypher
from shared.adapters.neo4j_driver import Row, Transaction
from shared.adapters.neo4j_journal import Journal
from shared.adapters.neo4j_swap import Replaced, delete_replaced, retire_at_once, retire_in_steps
from shared.ports import JournalPhase

AT_ONCE_NODES = 200_000
"""Up to this many nodes become visible in one transaction; more would not fit in a server's transaction memory."""

STEP_NODES = 20_000
"""Nodes of one transaction above that."""


async def publish_import(journal: Journal, phase: JournalPhase) -> None:
    """Label the nodes, then enter the catalogue: readers that go through it see the old, nothing, or the new.

    What is replaced steps back first and is deleted after. Raises: LeaseLost.
    """
    if phase is not JournalPhase.PUBLISHED:
        await _bring_in(journal, phase)
    await delete_replaced(journal)


async def _bring_in(journal: Journal, phase: JournalPhase) -> None:
    if phase is JournalPhase.WRITING:
        await set_phase(journal, JournalPhase.PUBLISHING)
    replaced = await Replaced.read(journal.connection, journal.record.replaced_names)
    sizes = await journal.connection.run(cypher.BATCH_SIZES, {"prefix": journal.prefix("n")})
    total = sum(size for _, size, _ in sizes) + await replaced.count(journal.connection)
    if total <= AT_ONCE_NODES:
        (step,) = _steps(sizes, limit=AT_ONCE_NODES)
        await _publish(journal, step, replaced=replaced, is_last=True)
        return
    if replaced.names:
        await retire_in_steps(journal, replaced)
    *earlier, last = _steps(sizes, limit=STEP_NODES)
    for step in earlier:
        await _publish(journal, step, replaced=None, is_last=False)
    await _publish(journal, last, replaced=None, is_last=True)


async def set_phase(journal: Journal, phase: JournalPhase) -> None:
    """Write how far the import has come. Raises: LeaseLost."""

    async def write(transaction: Transaction) -> None:
        await transaction.run(cypher.SET_PHASE, {"job": journal.record.job_id, "phase": phase.value})

    await journal.write(write, lane=False)


Step = dict[int, list[str]]
"""The keys of the batch records that one transaction publishes, by application."""


def _steps(sizes: Sequence[Row], *, limit: int) -> Iterator[Step]:
    """Cut the batch records into transactions of at most so many nodes; there is always a last one."""
    step: Step = {}
    nodes = 0
    for key, size, application in sizes:
        if step and nodes + size > limit:
            yield step
            step, nodes = {}, 0
        step.setdefault(application, []).append(key)
        nodes += size
    yield step


async def _publish(journal: Journal, step: Step, *, replaced: Replaced | None, is_last: bool) -> None:
    """Publish the nodes of some records; everything in it may be repeated."""
    job_id = journal.record.job_id

    async def publish(transaction: Transaction) -> None:
        if replaced is not None and replaced.names:
            await retire_at_once(transaction, journal, replaced)
        for application, keys in step.items():
            label = journal.record.labels[application]
            await transaction.run(cypher.publish_nodes(label), {"keys": keys, "label": label})
            await transaction.run(cypher.PUBLISH_WITHHELD, {"keys": keys})
        if is_last:
            await transaction.run(cypher.PUBLISH_CATALOGUE, {"job": job_id})
            await transaction.run(cypher.SET_PHASE, {"job": job_id, "phase": JournalPhase.PUBLISHED.value})

    await journal.write(publish, lane=False)
