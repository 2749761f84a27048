"""Tests of records that stay packed: what a lying server sends ends the job, not the worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.adapters.neo4j.packed import open_rows, reading_of
from shared.errors import TransferError
from tests.support.packing import pack


def add_a_mark(rows: Sequence[list[Any]]) -> None:
    for row in rows:
        row[1].append("mark")


READING = reading_of("neo4j", add_a_mark)


def test_rows_are_what_readers_expect() -> None:
    rows = open_rows(pack([[1, ["a"], {}], [2, [], {}]]), READING)
    assert len(rows) == 2
    assert list(rows) == [[1, ["a", "mark"], {}], [2, ["mark"], {}]]
    assert not open_rows(pack([]), READING)


@pytest.mark.parametrize("content", [b"", b"\x01", b"\xd6\xff", b"\xa0"])
def test_a_record_without_rows_is_refused(content: bytes) -> None:
    with pytest.raises(TransferError, match="Database 'neo4j' sends what cannot be read"):
        open_rows(content, READING)


@pytest.mark.parametrize("content", [b"\x91\x8f\x41", b"\xd6\xff\xff\xff\xff", b"\x91\x01", b"\x90\x00"])
def test_rows_that_are_none_are_refused_before_the_driver_sees_them(content: bytes) -> None:
    rows = open_rows(content, READING)
    with pytest.raises(TransferError, match="Database 'neo4j' sends what cannot be read"):
        list(rows)
