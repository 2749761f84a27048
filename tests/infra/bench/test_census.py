"""Tests of comparing what two databases hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from infra.bench.census import require_equal
from infra.bench.database import BenchDatabase
from infra.engines.process import EngineError


class _Database:
    """Answers from counts by name."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def count(self) -> tuple[int, int]:
        return 4, 3

    def run(self, statement: str, **_: Any) -> list[list[Any]]:
        return [[name, count] for name, count in self._counts.items() if f"'{name.rpartition(' ')[0]} '" in statement]


def _compare(found: Mapping[str, int], expected: Mapping[str, int]) -> None:
    sides = [cast("BenchDatabase", _Database(counts)) for counts in (found, expected)]
    require_equal(*sides, scope="App", who="The peer")


def test_equal_counts_pass() -> None:
    _compare({"label Method": 3}, {"label Method": 3})


def test_what_is_lost_and_what_is_too_much_is_told() -> None:
    found = {"label Method": 2, "type CALLS": 3, "property key of nodes Mark": 2}
    expected = {"label Method": 3, "type CALLS": 3, "property key of relationships line": 1}
    with pytest.raises(EngineError) as told:
        _compare(found, expected)
    assert str(told.value) == (
        "The peer loses or adds label Method: 2 of 3; property key of nodes Mark: 2 of 0; "
        "property key of relationships line: 0 of 1"
    )


def test_few_of_many_differences_are_named() -> None:
    with pytest.raises(EngineError, match=r"label L4: 0 of 1, and 2 more$"):
        _compare({}, {f"label L{number}": 1 for number in range(7)})
