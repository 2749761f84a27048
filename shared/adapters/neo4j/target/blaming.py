"""Finds what a server refuses of an element that it does not take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.server_errors import PassingStateError, RefusedDataError, TooMuchAtOnceError
from shared.archive.values.value_kinds import kind_of
from shared.errors import GraphferryError, InvalidDataError
from shared.graph import NodeRow, Properties, RelationshipRow

_CREATE_NODE = "CREATE (n:$($names)) SET n = $properties"
_CREATE_RELATIONSHIP = "CREATE ()-[r:$($names)]->() SET r = $properties"
_SHOWN_CHARACTERS = 60

_Row = TypeVar("_Row", NodeRow, RelationshipRow)


@contextmanager
def refusals_named(what: str, *, refusals: tuple[type[GraphferryError], ...] = (RefusedDataError,)) -> Iterator[None]:
    """Say of what a server refuses what it is. Raises: InvalidDataError."""
    try:
        yield
    except refusals as error:
        raise InvalidDataError(f"{what} cannot be written. {error.message}") from error


Blame = Callable[[int, _Row, GraphferryError], Awaitable[InvalidDataError]]
"""Says of the row with this number, which a server does not take alone, what is wrong with it."""


async def blame_node(journal: Journal, ordinal: int, row: NodeRow, error: GraphferryError) -> InvalidDataError:
    """Say which value of a node the server refuses."""
    place, first = journal.record.application_of(ordinal), journal.record.ordinals_of(ordinal).start
    what = f"Node {ordinal - first} of {journal.record.names[place]!r}, with labels {sorted(row[1])},"
    return _describe(what, row[2], await _find_key(journal, _CREATE_NODE, list(row[1]), row[2], error), error)


async def blame_relationship(
    journal: Journal, _: int, row: RelationshipRow, error: GraphferryError
) -> InvalidDataError:
    """Say which value of a relationship the server refuses."""
    place, first = journal.record.application_of(row[1]), journal.record.ordinals_of(row[1]).start
    ends = f"from node {row[1] - first} to node {row[2] - first}"
    what = f"The relationship {row[3]!r} {ends} of {journal.record.names[place]!r}"
    return _describe(what, row[4], await _find_key(journal, _CREATE_RELATIONSHIP, row[3], row[4], error), error)


async def _find_key(
    journal: Journal, statement: str, names: object, properties: Properties, error: GraphferryError
) -> str | None:
    """Try each property alone; None: it is none of them alone, or already the names of labels or type.

    Raises: PassingStateError where the element is taken as a whole: then something else was wrong.
    """
    if await _is_taken(journal, statement, names, properties):
        raise PassingStateError(error.message) from error
    if not await _is_taken(journal, statement, names, {}):
        return None
    for key, value in properties.items():
        if not await _is_taken(journal, statement, names, {key: value}):
            return key
    return None


async def _is_taken(journal: Journal, statement: str, names: object, properties: Properties) -> bool:
    """Try an element, and take it back."""
    try:
        async with journal.connection.transaction({}) as transaction:
            await transaction.run(statement, {"names": names, "properties": properties})
    except (RefusedDataError, TooMuchAtOnceError):
        return False
    except GraphferryError:
        return True  # what else stands against a part of the element says nothing of its values
    return True


def _describe(what: str, properties: Properties, key: str | None, error: GraphferryError) -> InvalidDataError:
    value = "" if key is None else f", because of the value {_shown(properties[key])} of {key!r}"
    return InvalidDataError(f"{what} cannot be written{value}. {error.message}")


def _shown(value: object) -> str:
    try:
        text = repr(kind_of(value).text(value))
    except ValueError:
        text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
