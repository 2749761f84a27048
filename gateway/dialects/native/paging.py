"""Parts of listings whose order is that of names: a cursor names the last item of the part before."""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.errors import InvalidRequestError

Item = TypeVar("Item")

Place: TypeAlias = tuple[str, ...]
"""What tells an item from all others of its listing, and its place among them."""


class PartQuery(BaseModel):
    """What a listing by names may be asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    find: str | None = None
    """Only what has this text in its name, in any letter case."""
    limit: Annotated[int | None, Field(ge=1, le=5000)] = None
    """How many at most; absent: all."""
    cursor: str | None = None
    """`next_cursor` of the part before."""

    @property
    def is_first(self) -> bool:
        """Whether the first part is asked for."""
        return self.cursor is None

    def finds(self, *names: str | None) -> bool:
        """Return whether one of the names has what is looked for."""
        wanted = (self.find or "").casefold()
        return not wanted or any(wanted in name.casefold() for name in names if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[Item]):
    """A part of a listing."""

    items: Sequence[Item]
    next_cursor: str | None


def _by_name(place: Place) -> str:
    (name,) = place
    return name


def take_part(
    items: Sequence[Item],
    query: PartQuery,
    place_of: Callable[[Item], Place],
    order: Callable[[Place], Any] = _by_name,
) -> Part[Item]:
    """Take the part of all that a query asks for; what comes and goes meanwhile moves no other item.

    Raises: InvalidRequestError for a cursor that no listing gave.
    """
    if query.limit is None and query.cursor is None:
        return Part(items=items, next_cursor=None)
    ordered = sorted(items, key=lambda each: order(place_of(each)))
    first = 0
    if query.cursor is not None:
        after = _read(query.cursor, order)
        first = bisect_right(ordered, after, key=lambda each: order(place_of(each)))
    last = len(ordered) if query.limit is None else first + query.limit
    part = ordered[first:last]
    return Part(items=part, next_cursor=_write(place_of(part[-1])) if last < len(ordered) else None)


def _write(place: Place) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _read(cursor: str, order: Callable[[Place], Any]) -> Any:
    try:
        place = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        return order(_require_texts(place))
    except ValueError as error:
        raise InvalidRequestError(
            f"Cursor {cursor!r} is not one that a listing gave; leave it out to begin anew."
        ) from error


def _require_texts(place: object) -> Place:
    if isinstance(place, list) and all(isinstance(each, str) for each in place):
        return tuple(place)
    raise ValueError
