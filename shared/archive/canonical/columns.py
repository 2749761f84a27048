"""Renders columns of values to texts, a whole column at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

import orjson

from shared.archive.values.text import INT64_MAX, INT64_MIN
from shared.archive.values.value_kinds import (
    BOOLEAN,
    EMPTY_LIST,
    FLOAT,
    INTEGER,
    KINDS_OF_TYPES,
    LISTS_OF_TYPES,
    STRING,
    Kind,
    kind_of,
)

_BOOLEAN_TEXTS: Final = {False: "false", True: "true"}
_SPECIAL_FLOATS: Final = frozenset({"nan", "inf", "-inf", "-0.0"})
"""What Python writes for floats that have a kind of their own."""

DOUBTFUL_TYPES: Final = frozenset({float, list})
"""Types that do not tell the kind; a string of another kind is found in the finished text."""

Column = Sequence[Any]
ColumnText = Callable[[Column], Iterable[Any]]
"""Gives what `%s` writes, in order. Raises: NotPlainError."""


class NotPlainError(Exception):
    """A column holds a value of another kind than the one it is taken for."""


def column_text(kind: Kind) -> ColumnText | None:
    """Return how columns of a kind are written; None where `%s` writes the values as they are."""
    if kind in (STRING, INTEGER):
        return None
    return _TEXTS[kind] if kind in _TEXTS else partial(map, kind.text)


def find_column_kind(of_type: type, value: object) -> Kind | None:
    """Return the kind of a column by its type and one of its values; None where others may have another unnoticed."""
    if of_type is not list:
        return KINDS_OF_TYPES.get(of_type)
    try:
        kind = kind_of(value)
    except ValueError:
        return None
    return kind if kind in _TEXTS else None


def _booleans(column: Column) -> Iterable[str]:
    return map(_BOOLEAN_TEXTS.__getitem__, column)


def _floats(column: Column) -> Iterable[str]:
    texts = list(map(repr, column))
    if not _SPECIAL_FLOATS.isdisjoint(texts):
        raise NotPlainError
    return texts


def _native_lists(element: type, column: Column) -> Iterable[str]:
    """Write compact JSON; the code points that XML forbids in it are found in the finished text."""
    _require_lists(element, column)
    if element is float and not _SPECIAL_FLOATS.isdisjoint(map(repr, chain.from_iterable(column))):
        raise NotPlainError
    if element is int and not INT64_MIN <= min(map(min, column)) <= max(map(max, column)) <= INT64_MAX:
        raise NotPlainError
    try:
        return [orjson.dumps(values).decode() for values in column]
    except orjson.JSONEncodeError as error:
        raise NotPlainError from error


def _hinted_lists(element: type, kind: Kind, column: Column) -> Iterable[str]:
    _require_lists(element, column)
    return map(kind.text, column)


def _require_lists(element: type, column: Column) -> None:
    if set(map(type, chain.from_iterable(column))) != {element} or not all(column):
        raise NotPlainError


def _empty_lists(column: Column) -> Iterable[str]:
    if any(column):
        raise NotPlainError
    return map(EMPTY_LIST.text, column)


_NATIVE: Final = (bool, int, float, str)
_TEXTS: Final[Mapping[Kind, ColumnText]] = {
    BOOLEAN: _booleans,
    FLOAT: _floats,
    EMPTY_LIST: _empty_lists,
    **{LISTS_OF_TYPES[each]: partial(_native_lists, each) for each in _NATIVE},
    **{
        kind: partial(_hinted_lists, element, kind)
        for element, kind in LISTS_OF_TYPES.items()
        if element not in _NATIVE
    },
}
