"""Which property keys hold secrets that an export may leave out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from shared.catalogue import CatalogueEntry

SECURED_PROPERTIES: Final = "SecuredProperties"
"""The catalogue node's property that lists keys."""

DEFAULT_PATTERNS: Final = (
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "private_key",
    "credential",
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name))


def secured_by(entry: CatalogueEntry, patterns: Sequence[str] = DEFAULT_PATTERNS) -> Callable[[str], bool]:
    """Return what tells secured property keys: those that the catalogue lists, or with a pattern as whole words.

    `dbPassword`, `DB_PASSWORD` match `password`; `tokenizer` does not match `token`.
    """
    listed = entry.properties.get(SECURED_PROPERTIES, ())
    keys = frozenset([listed] if isinstance(listed, str) else listed if isinstance(listed, list) else ())
    wanted = [_words(pattern) for pattern in patterns]

    def is_secured(key: str) -> bool:
        words = _words(key)
        return key in keys or any(_contains(words, pattern) for pattern in wanted)

    return is_secured


def _contains(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(words[start : start + len(part)] == part for start in range(len(words) - len(part) + 1))
