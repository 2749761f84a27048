"""Releases joined nodes when an import is undone."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.connection import Transaction
from shared.adapters.neo4j.cypher.batches import CREATE_BATCH
from shared.adapters.neo4j.cypher.names import RETIRED
from shared.adapters.neo4j.cypher.replacing import RECORDS
from shared.adapters.neo4j.cypher.sharing import PLACED, RETIRE_UNOWNED, UNRETIRE
from shared.adapters.neo4j.journal.holds import Hold, holds_of, read_held
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.repeating import Portion
from shared.adapters.neo4j.replacing.removal import Removal
from shared.adapters.neo4j.scopes import read_scopes
from shared.ports.import_plans import JournalPhase

GIVEN_BACK = "g"
"""Phase of the records that name joined nodes which nobody carries any more."""


async def give_back(journal: Journal) -> None:
    """Remove joined nodes whose last application left them while this import held them; all others stay untouched."""
    others = list((await read_scopes(journal.patient, [], [], job_id=journal.record.job_id)).others)
    async for _, record in journal.read_records(PLACED, "n"):
        if owned := [each for each in holds_of(record) if each.id in record["owned"]]:
            await _retire_unowned(journal, owned, others)
    retired = await journal.read(RECORDS, {"prefixes": [journal.prefix(GIVEN_BACK)]})
    removal = Removal(journal=journal, phase=JournalPhase.UNDOING, marker=RETIRED, others=others)
    await removal.carry_out([key for key, *_ in retired])


async def _retire_unowned(journal: Journal, owned: Sequence[Hold], others: list[str]) -> None:
    """Mark those that no application carries and no other import holds; records say which."""
    holds = [each.to_row() for each in owned]

    async def retire(transaction: Transaction, limit: int) -> int:
        some = holds[:limit]
        ((ids,),) = await transaction.run(RETIRE_UNOWNED, {"holds": some, "others": others})
        held = await read_held(transaction, ids, but_for=f"{journal.record.job_id}/")
        await transaction.run(UNRETIRE, {"ids": held})
        if gone := [each for each in ids if each not in held]:
            await transaction.run(CREATE_BATCH, {"batch": {"key": journal.key(GIVEN_BACK, gone[0]), "ids": gone}})
        return len(some)

    portion = Portion(len(holds))
    while holds:
        holds = holds[await journal.write_some(portion, retire) :]
