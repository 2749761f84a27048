"""Values are passed by Python as by the codec: to their last byte, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.neo4j.passing import pass_in_python, pass_value
from shared.graph import Date, Point
from tests.support.packing import pack

Pass = Callable[[bytes, int], int]

_PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary()
_VALUES = st.recursive(
    _PLAIN | st.just(Date(1)) | st.just(Point(7203, (0.5, 1.0))),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner, max_size=20),
    max_leaves=30,
)


@settings(max_examples=60, deadline=None)
@given(_VALUES)
def test_a_value_is_passed_to_its_last_byte_and_no_further(value: Any) -> None:
    packed = pack(value)
    for whole in (packed, packed + b"\xff"):
        assert pass_in_python(whole, 0) == pass_value(whole, 0) == len(packed)
    with pytest.raises(IndexError):
        pass_in_python(packed[:-1], 0)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_by_chance_are_passed_alike_or_refused(content: bytes) -> None:
    try:
        end = pass_value(content, 0)
    except (IndexError, ValueError):
        return
    assert pass_in_python(content, 0) == end


@pytest.mark.parametrize("way", [pass_in_python, pass_value])
@pytest.mark.parametrize("sizes", [b"\xcc\xcd\xce", b"\xd0\xd1\xd2", b"\xd4\xd5\xd6", b"\xd8\xd9\xda"])
def test_sizes_of_any_width_are_read(way: Pass, sizes: bytes) -> None:
    values = {0xCC: b"12", 0xD0: b"12", 0xD4: b"\x01\x02", 0xD8: b"\x81a\x01\x81b\x02"}[sizes[0]]
    for width, marker in zip((1, 2, 4), sizes, strict=True):
        content = bytes([marker]) + (2).to_bytes(width, "big") + values
        assert way(content, 0) == len(content)


@pytest.mark.parametrize("way", [pass_in_python, pass_value])
def test_values_may_stand_in_each_other_to_the_same_depth(way: Pass) -> None:
    assert way(b"\x91" * 32 + b"\x01", 0) == 33
    for content in (b"\x91" * 33 + b"\x01", b"\x91" * 32 + b"\x90", b"\xa1\x81a" * 100_000, b"\xb1D" * 100_000):
        with pytest.raises(ValueError, match="too deep"):
            way(content, 0)


@pytest.mark.parametrize("way", [pass_in_python, pass_value])
@pytest.mark.parametrize("lie", [b"\xd6", b"\xd2", b"\xce", b"\xda", b"\x91\xd6", b"\x91\xd2", b"\xa1\x81a\xda"])
def test_lengths_that_lie_are_refused(way: Pass, lie: bytes) -> None:
    for content in (lie, lie + b"\xff", lie + b"\xff" * 4):
        with pytest.raises((IndexError, ValueError)):
            way(content, 0)


@pytest.mark.parametrize("way", [pass_in_python, pass_value])
def test_a_uuid_is_passed(way: Pass) -> None:
    assert way(b"\x91\xe0" + bytes(16), 0) == 18
    with pytest.raises(IndexError):
        way(b"\x91\xe0" + bytes(15), 0)
