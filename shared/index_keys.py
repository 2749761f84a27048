"""How long a value may be that goes into an index: of a longer one a server refuses the whole element."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    Properties,
    PropertyValue,
    Scalar,
    Time,
    ZonedDateTime,
)

RANGE: Final = "RANGE"
TEXT: Final = "TEXT"
FULLTEXT: Final = "FULLTEXT"

WHOLE_VALUES: Final = "keyword"
UNCUT: Final = frozenset({WHOLE_VALUES, "thai"})
"""The analyzers of fulltext indexes that cut no long term: whole values, or words. One too long stops the database."""

RANGE_BYTES: Final = 8167
"""A key of a range index, those of its properties together; constraints have range indexes."""
TERM_BYTES: Final = 32_766
"""A term of a text index, or of a fulltext index."""

_FIXED_BYTES: Final[Mapping[type, int]] = {
    bool: 1,
    int: 8,
    float: 8,
    Date: 8,
    LocalTime: 8,
    Time: 12,
    LocalDateTime: 12,
    OffsetDateTime: 16,
    ZonedDateTime: 16,
    Duration: 28,
}
_MARK_BYTES: Final[Mapping[type, int]] = {int: 1, float: 1, Point: 3}
"""What says, once for a value, which kind of numbers or points it holds."""
_MOST_BYTES_PER_CHARACTER: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """What is too long of an element."""

    index: Index
    key: str
    """The property that takes most."""
    bytes: int
    """What the server would have to hold as one key, or one term."""

    def describe(self) -> str:
        """Say which value is too long, where, and what helps."""
        index = self.index
        is_shared = index.type == RANGE and len(index.properties) > 1
        together = ", with the other properties of the key," if is_shared else ""
        return (
            f"because of the value of {self.key!r}: in the {index.type} index {index.describe()} it{together} would "
            f"take {self.bytes} bytes, and {index.limit} are the most that the server holds. Nothing was written. "
            "Shorten the value, or drop the index or its constraint in the database."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index that the server keeps up with every write."""

    name: str
    type: str
    entity: str
    """`NODE` or `RELATIONSHIP`."""
    labels_or_types: tuple[str, ...]
    properties: tuple[str, ...]
    analyzer: str | None = None
    """Of a fulltext index."""

    @property
    def has_limit(self) -> bool:
        """Whether any value can be too long for it."""
        return self.type in (RANGE, TEXT) or (self.type == FULLTEXT and self.analyzer in UNCUT)

    @property
    def limit(self) -> int:
        """The most bytes of a key, or of a term."""
        return RANGE_BYTES if self.type == RANGE else TERM_BYTES

    def describe(self) -> str:
        """Name the index, with what it is on."""
        return f"{self.name!r} on (:{'|'.join(self.labels_or_types)} {{{', '.join(self.properties)}}})"

    def find_excess(self, names: Collection[str], properties: Properties) -> Excess | None:
        """Say what is too long of an element with these labels, or this type."""
        if not any(each in names for each in self.labels_or_types):
            return None
        sizes = {name: self._bytes_of(properties[name]) for name in self.properties if name in properties}
        if self.type != RANGE:
            size = max(sizes.values(), default=0)
        elif len(sizes) == len(self.properties):
            size = sum(sizes.values())
        else:
            return None
        return Excess(index=self, key=max(sizes, key=sizes.__getitem__), bytes=size) if size > self.limit else None

    def _bytes_of(self, value: PropertyValue) -> int:
        if self.type == RANGE:
            return _range_bytes(value)
        if self.type == FULLTEXT:
            texts = _texts(value)
            terms = texts if self.analyzer == WHOLE_VALUES else " ".join(texts).split()
            return max((len(each.encode()) for each in terms), default=0)
        return len(value.encode()) if isinstance(value, str) else 0


class LongValues:
    """Looks for what is too long for any of these indexes, at little cost for what is short."""

    def __init__(self, indexes: Collection[Index]) -> None:
        self.indexes = indexes
        self._properties = frozenset(name for each in indexes for name in each.properties)
        self._short = min((each.limit // len(each.properties) for each in indexes), default=0)

    def find_excess(self, names: Collection[str], properties: Properties) -> Excess | None:
        """Say what is too long of an element with these labels, or this type."""
        if not any(self._may_be_long(properties[name]) for name in self._properties & properties.keys()):
            return None
        return next((found for each in self.indexes if (found := each.find_excess(names, properties))), None)

    def _may_be_long(self, value: PropertyValue) -> bool:
        if isinstance(value, str):
            return _MOST_BYTES_PER_CHARACTER * len(value) + 3 > self._short
        return isinstance(value, (list, bytes))


def _range_bytes(value: PropertyValue) -> int:
    """Return what a value takes in a key of a range index; bytes are numbers of one byte each."""
    if isinstance(value, bytes):
        return 3 + 1 + len(value)
    if not isinstance(value, list):
        return 1 + _MARK_BYTES.get(type(value), 0) + _element_bytes(value)
    mark = _MARK_BYTES.get(type(value[0]), 0) if value else 0
    return 3 + mark + sum(map(_element_bytes, value))


def _element_bytes(value: Scalar) -> int:
    if isinstance(value, str):
        return 2 + len(value.encode())
    return 8 * len(value.coordinates) if isinstance(value, Point) else _FIXED_BYTES[type(value)]


def _texts(value: PropertyValue) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
