"""Works on several pieces of the same work at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

Piece = TypeVar("Piece")


async def in_lanes(
    pieces: AsyncIterator[Piece] | Iterable[Piece], work: Callable[[Piece], Awaitable[None]], *, lanes: int
) -> None:
    """Work on pieces as they come, so many at once.

    The first failure is raised, and ends it: no further piece is begun, and those under way are awaited, so that
    nothing is left in an unknown state. Cancelling stops all at once.
    """
    coming = pieces if isinstance(pieces, AsyncIterator) else _each(pieces)
    failures: list[Exception] = []
    turn = asyncio.Lock()

    async def follow() -> None:
        try:
            while not failures:
                async with turn:
                    piece = await anext(coming)
                if not failures:
                    await work(piece)
        except StopAsyncIteration:
            return
        except Exception as error:  # noqa: BLE001 - raised below, by whoever came first
            failures.append(error)

    following = [asyncio.create_task(follow()) for _ in range(lanes)]
    try:
        await asyncio.wait(following)
    finally:
        for each in following:
            each.cancel()
        await asyncio.wait(following)
    if failures:
        raise failures[0]


async def _each(pieces: Iterable[Piece]) -> AsyncIterator[Piece]:
    for piece in pieces:
        yield piece
