"""The ways to show credentials, as the document describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from gateway.access.credentials import KEY_HEADERS

_KEYS = {name: {"type": "apiKey", "in": "header", "name": name} for name in KEY_HEADERS}

SCHEMES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        **_KEYS,
        "bearer": {"type": "http", "scheme": "bearer", "description": "A key, or an access token."},
        "basic": {"type": "http", "scheme": "basic", "description": "The user, and a key of theirs."},
    }
)

NEEDED: Final[Sequence[Mapping[str, Sequence[str]]]] = tuple({name: ()} for name in SCHEMES)
"""Any one of them."""
