"""Every label can be written as one of a pair."""

from __future__ import annotations

import pytest

from shared.jobs.label_pairs import parse_label_pair


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("a=b", ("a", "b")),
        ("a=b=c", ("a", "b=c")),
        (r"a\=b=c", ("a=b", "c")),
        (r"a\b=c", (r"a\b", "c")),
        (r"a\\=\=", ("a\\", r"\=")),
        (r"\\\==c", ("\\=", "c")),
        ("a,b = c\n=d", ("a,b ", " c\n=d")),
    ],
)
def test_a_pair_is_split_at_the_first_sign_that_stands_for_itself(text: str, pair: tuple[str, str]) -> None:
    assert parse_label_pair(text) == pair


@pytest.mark.parametrize("text", ["", "a", "=a", "a=", r"a\=b", r"\=", "=" * 3])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="LABEL=OTHER"):
        parse_label_pair(text)
