"""Packages are decoded in pieces of any size."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.darwin.base64_stream import PackageDecoder
from shared.errors import InvalidArchiveError


def decode(text: bytes, size: int) -> bytes:
    decoder = PackageDecoder()
    parts = [decoder.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return b"".join([*parts, decoder.finish()])


@given(content=st.binary(max_size=300), size=st.integers(1, 80), times=st.integers(1, 2), in_lines=st.booleans())
def test_it_is_decoded_as_often_as_it_was_encoded(content: bytes, size: int, times: int, in_lines: bool) -> None:
    package = b"PK\x03\x04" + content
    text = package
    for _ in range(times):
        text = base64.encodebytes(text) if in_lines else base64.b64encode(text)
    assert decode(text, size) == package
    assert decode(text.rstrip(b"=\n"), size) == package


@given(content=st.binary(max_size=3), size=st.integers(1, 5))
def test_a_few_bytes_are_what_they_are(content: bytes, size: int) -> None:
    assert decode(base64.b64encode(content), size) == content


@pytest.mark.parametrize("text", [b"UEsDBA==UEsDBA==", b"UEsDBA==A", b"UE-D", b"UEsDB", b"=", b"UEsD=BA="])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_what_is_no_base64_is_refused(text: bytes, size: int) -> None:
    with pytest.raises(InvalidArchiveError, match="not Base64"):
        decode(text, size)
