"""Relationships held back until publishing, because creating them earlier would change what readers see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.adapters.neo4j.connection import Row, Transaction
from shared.adapters.neo4j.cypher.batches import BATCH_OF_KEY, CREATE_BATCH
from shared.adapters.neo4j.cypher.linking import (
    CREATE_LINKS,
    DELETE_LINKED,
    ENDS_OF_PART,
    LINKED_RECORDS,
    PUBLISH_LINKS,
)
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.repeating import Portion
from shared.adapters.neo4j.server_errors import RefusedDataError, TooMuchAtOnceError
from shared.errors import InvalidDataError
from shared.graph import Properties

LINKS = "l"
"""Phase of the records that hold links."""

LINKED = "c"
"""Phase of the records that name the relationships made of them."""

LINKS_AT_ONCE = 20_000
"""Links that become relationships in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relationship to be."""

    start: int
    """The id of a node; so is `end`."""
    end: int
    far: int
    """That end which is not the import's own."""
    guard: str
    """A label that the far end must still carry."""
    type: str
    properties: Properties


async def record_links(
    transaction: Transaction, key: str, application: int, links: Sequence[Link], *, pending: Sequence[int] = ()
) -> None:
    """Write links with their record; `pending` are places of a batch that could not become links."""
    ids: list[int] = []
    if links:
        ((ids,),) = await transaction.run(CREATE_LINKS, {"rows": [each.properties for each in links]})
    batch = {**describe_links(key, application, links), "links": ids, "pending": list(pending)}
    await transaction.run(CREATE_BATCH, {"batch": batch})


def describe_links(key: str, application: int, links: Sequence[Link]) -> dict[str, Any]:
    """Return what a record says of links besides their ids."""
    return {
        "key": key,
        "application": application,
        "starts": [each.start for each in links],
        "ends": [each.end for each in links],
        "fars": [each.far for each in links],
        "guards": [each.guard for each in links],
        "types": [each.type for each in links],
    }


async def publish_links_at_once(transaction: Transaction, journal: Journal) -> None:
    """Make relationships of all links within a transaction that does more."""
    await transaction.run(PUBLISH_LINKS, _parameters(journal, parts=1, part=0))


def _parameters(journal: Journal, *, parts: int, part: int) -> dict[str, Any]:
    return {"prefix": journal.prefix(LINKS), "labels": journal.record.labels, "parts": parts, "part": part}


async def publish_links_in_steps(journal: Journal, count: int) -> None:
    """Make relationships of all links, few at a time, and record which; what was done before is not done again."""
    parts = 1 + count // LINKS_AT_ONCE
    for part in range(parts):
        await _publish_part(journal, parts, part)


async def _publish_part(journal: Journal, parts: int, part: int) -> None:
    """Publish a part, or its two halves where the server does not take it. Raises: InvalidDataError for one link."""
    publish = partial(_publish_once, journal, parts, part)
    try:
        await journal.write(publish, but_for=TooMuchAtOnceError)
        return
    except (TooMuchAtOnceError, RefusedDataError):
        found = await journal.read(ENDS_OF_PART, _parameters(journal, parts=parts, part=part))
    if len(found) < 2:
        await _publish_last(journal, publish, found)
        return
    for half in (part, part + parts):
        await _publish_part(journal, 2 * parts, half)


async def _publish_last(
    journal: Journal, publish: Callable[[Transaction], Awaitable[None]], found: Sequence[Row]
) -> None:
    """Publish what cannot be halved, again for a while."""
    try:
        await journal.write(publish)
    except (TooMuchAtOnceError, RefusedDataError) as error:
        names = [name for _, types in found for name in types]
        what = f"A relationship of type {names[0]!r} to a node that was there" if names else "Nothing"
        raise InvalidDataError(f"{what} cannot be written. {error.message}") from error


async def _publish_once(journal: Journal, parts: int, part: int, transaction: Transaction) -> None:
    key = journal.key(f"{LINKED}/{parts}", part)
    if await transaction.run(BATCH_OF_KEY, {"key": key}):
        return
    found = await transaction.run(PUBLISH_LINKS, _parameters(journal, parts=parts, part=part))
    await transaction.run(CREATE_BATCH, {"batch": {"key": key, "created": [row[0] for row in found]}})


async def withdraw_links(journal: Journal) -> None:
    """Delete the relationships that were made of links, for an import that cannot be completed."""
    portion = Portion(LINKS_AT_ONCE)
    for (key,) in await journal.read(LINKED_RECORDS, {"prefix": journal.prefix(LINKED)}):
        await journal.write_all(portion, DELETE_LINKED, {"key": key})
