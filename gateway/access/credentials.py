"""Reads the credentials that a request carries."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

KEY_HEADERS = ("X-API-KEY", "x-synthetic-key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the request shows."""

    key: str
    user: str | None = None
    """Named by Basic and by client credentials alone; then it must be the key's."""
    is_bearer: bool = False
    """Then it may be one of our access tokens instead of a key."""


def read_credentials(headers: Mapping[str, str]) -> Credentials | None:
    """Read the first credentials that the headers hold; None where there are none, or none that can be read."""
    for name in KEY_HEADERS:
        if key := headers.get(name):
            return Credentials(key=key)
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer" if value.strip() not in ("", "None"):  # an SDK sends "None" first, and expects to be refused
            return Credentials(key=value.strip(), is_bearer=True)
        case _:
            return read_basic(headers)


def read_basic(headers: Mapping[str, str]) -> Credentials | None:
    """Read what HTTP Basic holds; None where there is none, or none that can be read.

    A line end behind the key is none of it: `echo user:key | base64` encodes one.
    """
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    try:
        user, colon, key = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except ValueError:  # not ASCII, not Base64 or not UTF-8
        return None
    return Credentials(key=key.rstrip("\r\n"), user=user) if colon and scheme.lower() == "basic" else None
