"""Which ordinals are still to be written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handlers.imports.writing import missing


@given(
    st.lists(st.integers(0, 60), unique=True, min_size=2, max_size=12).map(sorted),
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted),
)
def test_exactly_the_uncovered_part_is_missing(cuts: list[int], wanted: list[int]) -> None:
    written = [range(start, stop) for start, stop in zip(cuts[::2], cuts[1::2], strict=False)]
    asked = range(wanted[0], wanted[1])
    covered = {ordinal for each in written for ordinal in each}
    parts = list(missing(asked, written))
    assert [ordinal for part in parts for ordinal in part] == [each for each in asked if each not in covered]
