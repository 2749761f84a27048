"""Writes batches in which nodes of the database take the place of nodes of the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.adapters.neo4j.cypher.batches import BATCH_OF_KEY
from shared.adapters.neo4j.cypher.sharing import CREATE_PLACED_NODES
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.journal.links import LINKS, Link, describe_links
from shared.adapters.neo4j.nodes.placing import NodePlacing
from shared.adapters.neo4j.nodes.staged import StagedNodes
from shared.errors import ConstraintViolatedError
from shared.graph import NodeRow, RelationshipRow
from shared.ports.import_plans import JournalPhase

TRIES = 10
"""How often a batch is placed anew because what it was to be joined to changes meanwhile."""


async def place_batch(
    journal: Journal, placing: NodePlacing, batch: Mapping[str, Any], rows: Sequence[NodeRow]
) -> Mapping[str, Any]:
    """Write a batch of nodes some of which may be there; return its record.

    Raises: NodeStagedError, ConstraintViolatedError, LeaseLost, TooMuchAtOnceError.
    """
    failure = ConstraintViolatedError("Shared nodes of the target change faster than they can be joined.")
    for _ in range(TRIES):
        placed = await placing.place(batch["first"], rows)
        parameters = {**placed.parameters(rows), "batch": {**batch, **placed.facts}}
        try:
            await journal.write_in_lane(JournalPhase.WRITING, CREATE_PLACED_NODES, parameters)
        except ConstraintViolatedError as error:
            failure = error
        # Also where an earlier try was committed with its answer lost, or somebody else came first with a key.
        for (record,) in await journal.read(BATCH_OF_KEY, {"key": batch["key"]}):
            return dict(record)
    raise failure


def describe_joining(
    journal: Journal, staged: StagedNodes, first: int, rows: Sequence[RelationshipRow]
) -> Mapping[str, Any]:
    """Say to a statement what has a staged end; between two joined nodes there is a link until the publish point."""
    ids, joined = staged.ids, staged.joined.holds
    application = journal.record.application_of(rows[0][1])
    label = journal.record.labels[application]
    inner = [row for row in rows if row[1] in joined and row[2] in joined]
    links = [
        Link(start=ids[row[1]], end=ids[row[2]], far=ids[row[2]], guard=label, type=row[3], properties=row[4])
        for row in inner
    ]
    held = {end for row in rows for end in (row[1], row[2]) if end in joined}
    return {
        "rows": [
            [ids[row[1]], ids[row[2]], row[3], row[4]] for row in rows if row[1] not in joined or row[2] not in joined
        ],
        "holds": [joined[each].to_row() for each in sorted(held)],
        "links": [each.properties for each in links],
        "link_batch": describe_links(journal.key(f"{LINKS}/j", first), application, links),
    }
