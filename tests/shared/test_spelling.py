"""Names are one in every Unicode normal form, and stay apart in all else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import AmbiguousNameError
from shared.spelling import choose_spelling, is_same, list_spellings

NFC, NFD = "Caf\u00e9", "Cafe\u0301"


@given(name=st.text())
def test_a_name_is_found_by_any_of_its_forms(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert choose_spelling(unicodedata.normalize(form, name), [name, "another"]) == name


def test_what_is_spelled_so_goes_before_what_is_the_same() -> None:
    assert [choose_spelling(each, [NFC, NFD]) for each in (NFC, NFD)] == [NFC, NFD]
    assert list_spellings(NFC) == {NFC, NFD}


def test_of_several_none_is_taken_without_a_word() -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        choose_spelling("s\u0323\u0307", ["\u1e69", "\u1e63\u0307"])
    assert caught.value.details == (r"'\u1e63\u0307'", r"'\u1e69'")


@pytest.mark.parametrize("other", ["Cafe", "CAF\u00c9", "Caf\u00e9 ", "\uff23af\u00e9", "C\u0430f\u00e9"])
def test_other_names_stay_apart(other: str) -> None:
    assert not is_same(NFC, other)
    assert choose_spelling(NFC, [other]) is None
