"""Tests of reading the wire: whatever comes, it ends well or with an error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.packing import pack

_PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary()
_VALUES = st.recursive(
    _PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner, max_size=20), max_leaves=60
)
_ENDLESS = [b"\xd6\xff\xff\xff\xff", b"\xd2\xff\xff\xff\xff", b"\xce\xff\xff\xff\xff", b"\xda\xff\xff\xff\xff"]


def pass_values(content: bytes, at: int = 0, count: int = 1) -> int:
    """Pass values: the module can be imported only once the session has compiled it."""
    from shared.native import packstream  # noqa: PLC0415

    return packstream.pass_values(content, at, count)


@settings(max_examples=60, deadline=None)
@given(_VALUES)
def test_a_value_is_passed_to_its_last_byte_and_no_further(value: Any) -> None:
    packed = pack(value)
    assert pass_values(packed) == len(packed)
    assert pass_values(packed + b"\xff", 0, 1) == len(packed)
    with pytest.raises(IndexError):
        pass_values(packed[:-1])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_by_chance_are_passed_or_refused(content: bytes) -> None:
    try:
        assert 0 < pass_values(content) <= len(content)
    except (IndexError, ValueError):
        return


@pytest.mark.parametrize("content", [b"", b"\x91\x8f\x41", b"\xb3F\x01", b"\xa1\x01\x01", *_ENDLESS])
def test_lengths_that_lie_are_refused(content: bytes) -> None:
    with pytest.raises((IndexError, ValueError)):
        pass_values(content)


def test_what_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(ValueError, match="too deep"):
        pass_values(b"\x91" * 100_000)


def test_a_place_outside_is_refused() -> None:
    for at in (-1, 2):
        with pytest.raises(IndexError):
            pass_values(b"\x01", at)
