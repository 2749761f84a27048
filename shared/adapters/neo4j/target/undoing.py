"""Undoes an import by its records."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.connection import Transaction
from shared.adapters.neo4j.cypher.journal import NOTE_SHOWN, SET_HIDDEN, SET_PHASE
from shared.adapters.neo4j.cypher.names import STAGED
from shared.adapters.neo4j.cypher.publishing import BATCH_SIZES, WITHDRAW_LATE, unpublish_nodes
from shared.adapters.neo4j.cypher.removing import FORGET
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.journal.links import withdraw_links
from shared.adapters.neo4j.journal.takeover import shut_out
from shared.adapters.neo4j.nodes.giving_back import give_back
from shared.adapters.neo4j.nodes.pieces import Piece, describe, in_pieces
from shared.adapters.neo4j.repeating import Portion
from shared.adapters.neo4j.replacing.removal import RECORDS_AT_ONCE, Removal
from shared.adapters.neo4j.replacing.stepping_back import forget_replaced, restore_replaced
from shared.adapters.neo4j.scopes import read_scopes
from shared.adapters.neo4j.server_errors import TooMuchAtOnceError
from shared.jobs.summaries import UndoReport
from shared.ports.import_plans import JournalPhase


async def undo_import(journal: Journal) -> UndoReport:
    """Remove all that the records name, relationships first, each record with its nodes; then the journal itself.

    What was sent before, by whomever, is shut out first: nothing is committed after the records have been read.
    Raises: LeaseLost.
    """
    journal = await shut_out(journal)
    if await _begin(journal):
        await _hide(journal)
    await forget_replaced(journal)
    await give_back(journal)
    scopes = await read_scopes(journal.patient, [], [], job_id=journal.record.job_id)
    others = sorted(set(scopes.others).difference(journal.record.labels))
    removal = Removal(journal=journal, phase=JournalPhase.UNDOING, marker=STAGED, others=others)
    keys = [row[0] for row in await journal.read(BATCH_SIZES, {"prefix": journal.prefix("n")})]
    await removal.carry_out(keys)
    left = sum(row[1] for row in await journal.read(BATCH_SIZES, {"prefix": journal.prefix("n")}))
    await forget_import(journal)
    return UndoReport(nodes_removed=removal.nodes, relationships_removed=removal.relationships, nodes_left=left)


async def _begin(journal: Journal) -> bool:
    """Enter the phase, from which there is no way back; return whether something may be shown of the import."""
    job = {"job": journal.record.job_id}

    async def begin(transaction: Transaction) -> bool:
        ((is_shown,),) = await transaction.run(NOTE_SHOWN, {**job, "publishing": JournalPhase.PUBLISHING.value})
        await transaction.run(SET_PHASE, {**job, "phase": JournalPhase.UNDOING.value})
        return bool(is_shown)

    return await journal.write(begin)


async def _hide(journal: Journal) -> None:
    """Take back what publishing had done. Afterwards nodes may carry the label again that were there before."""
    await withdraw_links(journal)
    await _unpublish(journal)
    await restore_replaced(journal)
    await journal.write_at_once(SET_HIDDEN, {})


async def forget_import(journal: Journal) -> None:
    """Remove the records, and with the last of them the journal with all that belongs to it. Raises: LeaseLost."""
    portion, is_gone = Portion(RECORDS_AT_ONCE), False
    while not is_gone:
        (is_gone,) = await journal.write_some_at_once(portion, FORGET, {})


async def _unpublish(journal: Journal) -> None:
    """Hide again what an import that cannot be completed had shown; its catalogue entry had not come yet."""
    for key, size, application in await journal.read(BATCH_SIZES, {"prefix": journal.prefix("n")}):
        await _unpublish_batch(journal, Piece(key, 0, size), journal.record.labels[application])


async def _unpublish_batch(journal: Journal, piece: Piece, label: str) -> None:
    await journal.write_all(Portion(piece.high), WITHDRAW_LATE, {"key": piece.key, "label": label})

    async def hide(some: Sequence[Piece]) -> None:
        parameters = {"pieces": describe(some), "label": label}
        await journal.write(
            lambda transaction: transaction.run(unpublish_nodes(label), parameters), but_for=TooMuchAtOnceError
        )

    await in_pieces([piece], hide)
