"""The map from database ids to ordinals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.packing.ordinals import OrdinalIndex

IDS = st.lists(st.integers(min_value=0, max_value=2**48), unique=True)


@given(IDS)
def test_ids_get_ordinals_in_the_order_they_come(ids: list[int]) -> None:
    index = OrdinalIndex()
    half = len(ids) // 2
    assert index.append(ids[:half]) is None
    assert index.append(ids[half:]) is None
    assert [index[each] for each in ids] == list(range(len(ids)))
    assert len(index) == len(ids)


@given(IDS.filter(lambda ids: len(ids) > 1))
def test_an_id_that_comes_twice_is_told(ids: list[int]) -> None:
    assert OrdinalIndex().append([*ids, ids[0]]) == ids[0]


@pytest.mark.parametrize("absent", [2, 5000])
def test_an_id_that_never_came_has_no_ordinal(absent: int) -> None:
    index = OrdinalIndex()
    index.append([1, 3])
    with pytest.raises(KeyError):
        index[absent]
