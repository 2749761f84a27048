"""Whether what a request says is text: other bytes arrive as lone surrogates, which no store can keep."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import InvalidRequestError


def is_text(value: str) -> bool:
    """Whether UTF-8 has a form for it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_text_header(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header's value; None where there is none. Raises: InvalidRequestError where it is not UTF-8."""
    value = headers.get(name)
    if value is not None and not is_text(value):
        raise InvalidRequestError(f"The header {name} is not UTF-8; send text.")
    return value
