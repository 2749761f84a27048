"""Keys carry a checksum that tells them from other texts."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from shared.api_keys import hash_key, is_well_formed, new_key


def test_a_new_key_is_well_formed_and_long_enough() -> None:
    key = new_key()
    assert key.startswith("gf_")
    assert is_well_formed(key)
    assert (len(key) - len("gf_") - 6) * math.log2(62) >= 180
    assert new_key() != key


@given(position=st.integers(3, 39), character=st.sampled_from("0Aaz9Z"))
def test_a_key_with_one_character_changed_is_not(position: int, character: str) -> None:
    key = new_key()
    changed = key[:position] + character + key[position + 1 :]
    assert is_well_formed(changed) == (changed == key)


@given(st.text())
def test_other_texts_are_not(text: str) -> None:
    assert not is_well_formed(text)


def test_the_hash_is_sha256_in_hex() -> None:
    assert hash_key("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
