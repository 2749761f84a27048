"""Tests of rows that are packed for whoever reads them here."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archive.reading.plain_wire import PLAIN_WIRE
from tests.support.odd_values import ODD_VALUES
from tests.support.packing import pack
from tests.support.values import PROPERTIES


@given(st.lists(st.text(max_size=3), max_size=20), PROPERTIES)
def test_rows_come_back(labels: list[str], properties: dict[str, Any]) -> None:
    rows = [[labels, properties], ["T", properties]]
    assert repr(PLAIN_WIRE.unpack(PLAIN_WIRE.pack(rows))) == repr(rows)


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
def test_each_odd_value_comes_back(value: object) -> None:
    assert repr(PLAIN_WIRE.unpack(PLAIN_WIRE.pack({"k": value}))) == repr({"k": value})


@pytest.mark.parametrize("size", [0, 15, 16, 255, 256, 65_535, 65_536])
def test_sizes_are_read_as_the_driver_and_the_codec_write_them(size: int) -> None:
    values: list[Any] = ["x" * size, [True, False] * size, {str(at): -at * 40 for at in range(size)}]
    values += [size, -size, size * 10**9, -size * 10**9, size / 7]
    assert PLAIN_WIRE.unpack(pack(values)) == values
    assert PLAIN_WIRE.unpack(PLAIN_WIRE.pack(values)) == values
