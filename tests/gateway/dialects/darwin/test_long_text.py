"""A text is found in JSON however it is cut."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.darwin.long_text import LongTextScanner
from shared.errors import InvalidArchiveError

NAME = "exportPackage"
KEYS = st.one_of(st.text(max_size=3), st.just(NAME), st.sampled_from(['"', "\\", ":", NAME + '"', "{"]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6), st.just(NAME)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
PACKAGES = st.text("ABCxyz019+/=", max_size=40)


def scan(text: bytes, cuts: Sequence[int]) -> tuple[bytes, bytes]:
    """Give what is found and what is left, with the text cut at these places."""
    scanner = LongTextScanner(NAME, max_rest_bytes=10_000)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    found = b"".join(scanner.feed(text[start:end]) for start, end in pairwise(places))
    return found, scanner.finish()


@given(
    content=OBJECTS,
    package=PACKAGES,
    place=st.integers(0, 4),
    escape=st.booleans(),
    indent=st.sampled_from([None, 1]),
    cuts=st.lists(st.integers(0, 10_000), max_size=8),
)
def test_it_is_taken_out_and_all_else_stays(
    content: dict[str, Any], package: str, place: int, escape: bool, indent: int | None, cuts: list[int]
) -> None:
    pairs = [(key, value) for key, value in content.items() if key != NAME]
    pairs.insert(place, (NAME, package))
    text = json.dumps(dict(pairs), indent=indent, ensure_ascii=escape)
    if escape:
        text = text.replace("/", "\\/")
    found, rest = scan(text.encode("utf-8", "replace"), cuts)
    assert found.decode() == package
    assert json.loads(rest) == json.loads(json.dumps({**dict(pairs), NAME: ""}).encode("utf-8", "replace"))


@given(content=VALUES, cuts=st.lists(st.integers(0, 10_000), max_size=8))
def test_where_there_is_none_all_stays(content: object, cuts: list[int]) -> None:
    if isinstance(content, dict):
        content = {key: value for key, value in content.items() if key != NAME}
    text = json.dumps(content).encode()
    assert scan(text, cuts) == (b"", text)


def test_an_escaped_key_is_the_same_key() -> None:
    assert scan(b'{"export\\u0050ackage": "UEsD"}', []) == (b"UEsD", b'{"export\\u0050ackage": ""}')


@pytest.mark.parametrize("text", [b"\\u12", b"\\x", b'A\\"', b"\\ud800"])
def test_what_cannot_be_base64_is_refused(text: bytes) -> None:
    for cut in range(len(text) + 20):
        with pytest.raises(InvalidArchiveError):
            scan(b'{"exportPackage":"' + text + b'"}', [cut])
