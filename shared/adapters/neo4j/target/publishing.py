"""Publishes an import: from its first step on there is only forward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from shared.adapters.neo4j.connection import Row, Transaction
from shared.adapters.neo4j.cypher.journal import SET_PHASE
from shared.adapters.neo4j.cypher.publishing import (
    PUBLISH_AT_ONCE,
    PUBLISH_CATALOGUE,
    TO_PUBLISH,
    publish_in_lane,
)
from shared.adapters.neo4j.journal.holds import NUL
from shared.adapters.neo4j.journal.journal import Journal, set_phase
from shared.adapters.neo4j.journal.links import (
    LINKS,
    LINKS_AT_ONCE,
    publish_links_at_once,
    publish_links_in_steps,
)
from shared.adapters.neo4j.nodes.pieces import Piece, describe, in_pieces
from shared.adapters.neo4j.repeating import Portion
from shared.adapters.neo4j.replacing.moving import MOVED_AT_ONCE, Moves
from shared.adapters.neo4j.replacing.stepping_back import Replaced, delete_replaced, retire_at_once, retire_in_steps
from shared.adapters.neo4j.schema import read_key_forms
from shared.adapters.neo4j.server_errors import RefusedDataError, TooMuchAtOnceError
from shared.adapters.neo4j.target.blaming import refusals_named
from shared.concurrency.lanes import in_lanes
from shared.ports.import_plans import JournalPhase

AT_ONCE_NODES = 200_000
"""Up to this many nodes become visible in one transaction; more would not fit in a server's transaction memory."""

STEP_NODES = 20_000
"""Nodes of one transaction above that."""


async def publish_import(journal: Journal, phase: JournalPhase) -> None:
    """Label the nodes, then enter the catalogue: readers that go through it see the old, nothing, or the new.

    What is replaced steps back first and is deleted after. Raises: LeaseLost.
    """
    replaced = await _read_replaced(journal)
    if phase is not JournalPhase.PUBLISHED:
        await _bring_in(journal, phase, replaced)
    if replaced is not None:
        await delete_replaced(journal, replaced)


async def _read_replaced(journal: Journal) -> Replaced | None:
    if not journal.record.replaced_names:
        return None
    return await Replaced.read(journal, await read_key_forms(journal.connection, journal.settings.reference_keys))


async def _bring_in(journal: Journal, phase: JournalPhase, replaced: Replaced | None) -> None:
    if phase is JournalPhase.WRITING:
        await set_phase(journal, JournalPhase.PUBLISHING)
    rows = await journal.read(TO_PUBLISH, {"nodes": journal.prefix("n"), "links": journal.prefix(LINKS)})
    (_, links, _), *sizes = sorted(rows)  # the one without a key comes first
    fits_at_once = await _fits_at_once(journal, sizes, links, replaced)
    if fits_at_once and await _publish_at_once(journal, sizes, links, replaced):
        return
    if replaced is not None:
        await retire_in_steps(journal, replaced)
    await in_lanes(
        _single(_steps(sizes, limit=STEP_NODES)), partial(_publish_step, journal), lanes=journal.record.lanes
    )
    await publish_links_in_steps(journal, links)
    await journal.write_some(Portion(MOVED_AT_ONCE), partial(_enter, journal, replaced))


async def _fits_at_once(journal: Journal, sizes: Sequence[Row], links: int, replaced: Replaced | None) -> bool:
    nodes = sum(size for _, size, _ in sizes)
    if replaced is None:
        return nodes <= AT_ONCE_NODES and links <= LINKS_AT_ONCE
    nodes += await replaced.count(journal.connection)
    crossing = await replaced.count_crossing(journal.connection, limit=MOVED_AT_ONCE + 1)
    return nodes <= AT_ONCE_NODES and links <= LINKS_AT_ONCE and crossing <= MOVED_AT_ONCE


Step = dict[int, list[Piece]]
"""The pieces of batch records that one transaction publishes, by application."""


def _steps(sizes: Sequence[Row], *, limit: int) -> Iterator[Step]:
    """Cut the batch records into transactions of at most so many nodes; there is always a last one."""
    step: Step = {}
    nodes = 0
    for key, size, application in sizes:
        if step and nodes + size > limit:
            yield step
            step, nodes = {}, 0
        step.setdefault(application, []).append(Piece(key, 0, size))
        nodes += size
    yield step


async def _publish_at_once(journal: Journal, sizes: Sequence[Row], links: int, replaced: Replaced | None) -> bool:
    """Publish all in one transaction; False where that is too much for the server as it is now."""
    labels = journal.record.labels
    pieces = [{"key": key, "low": 0, "high": size, "label": labels[application]} for key, size, application in sizes]
    parameters = {"pieces": pieces, "nul": NUL, "phase": JournalPhase.PUBLISHED.value}

    async def publish(transaction: Transaction) -> None:
        if replaced is not None:
            await retire_at_once(transaction, journal, replaced)
        await transaction.run(PUBLISH_AT_ONCE, {**parameters, **journal.keys})
        if links:
            await publish_links_at_once(transaction, journal)
        await _move(journal, replaced, transaction)

    try:
        if replaced is None and not links:
            await journal.write_at_once(PUBLISH_AT_ONCE, parameters, but_for=TooMuchAtOnceError)
        else:
            await journal.write(publish, but_for=TooMuchAtOnceError)
    except TooMuchAtOnceError:
        return False
    return True


def _single(steps: Iterator[Step]) -> Iterator[tuple[int, list[Piece]]]:
    """Cut steps once more, by application."""
    for step in steps:
        yield from step.items()


async def _publish_step(journal: Journal, step: tuple[int, list[Piece]]) -> None:
    """Publish pieces, fewer nodes at once where the server does not take all. Raises: InvalidDataError for one node."""
    application, pieces = step
    name, label = journal.record.names[application], journal.record.labels[application]

    async def publish(some: Sequence[Piece]) -> None:
        parameters = {"pieces": describe(some), "label": label, "nul": NUL}
        await journal.write_in_lane(JournalPhase.PUBLISHING, publish_in_lane(label), parameters)

    what, refusals = f"A node of {name!r}, which gets the label {label!r},", (RefusedDataError, TooMuchAtOnceError)
    with refusals_named(what, refusals=refusals):
        await in_pieces(pieces, publish)


async def _enter(journal: Journal, replaced: Replaced | None, transaction: Transaction, limit: int) -> None:
    """Enter the catalogue: from here on the new is visible, with what others had on the old."""
    job_id = journal.record.job_id
    await transaction.run(PUBLISH_CATALOGUE, {"job": job_id})
    await transaction.run(SET_PHASE, {"job": job_id, "phase": JournalPhase.PUBLISHED.value})
    await _move(journal, replaced, transaction, limit)


async def _move(
    journal: Journal, replaced: Replaced | None, transaction: Transaction, limit: int = MOVED_AT_ONCE
) -> None:
    """Move what others have on the old to the new, so much at the most."""
    if replaced is not None:
        moves = await Moves.read(transaction, journal, replaced.forms)
        await moves.move_some(transaction, limit)
