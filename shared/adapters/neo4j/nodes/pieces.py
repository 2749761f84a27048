"""Pieces of batch records: their nodes may be more than one transaction takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from shared.adapters.neo4j.repeating import Portion


class Piece(NamedTuple):
    """Some nodes of a record."""

    key: str
    """The record's."""
    low: int
    """The place of the first in the record."""
    high: int
    """The place after the last."""


def describe(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """Return pieces as statements take them."""
    return [each._asdict() for each in pieces]


async def in_pieces(pieces: Sequence[Piece], work: Callable[[Sequence[Piece]], Awaitable[None]]) -> None:
    """Do work for all nodes, for ever fewer at once where the server does not take all.

    Raises: PassingStateError, RefusedDataError.
    """
    portion = Portion(max(1, sum(each.high - each.low for each in pieces)))

    async def do_some(limit: int) -> Sequence[Piece]:
        some, rest = _cut(pieces, limit)
        await work(some)
        return rest

    while pieces:
        pieces = await portion.write(do_some)


def _cut(pieces: Sequence[Piece], limit: int) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """Cut off so many nodes, and give what is left."""
    for at, each in enumerate(pieces):
        end = each.low + limit
        if end < each.high:
            return [*pieces[:at], each._replace(high=end)], [each._replace(low=end), *pieces[at + 1 :]]
        limit = end - each.high
    return pieces, []
