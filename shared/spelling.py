"""How names are compared: two that differ in nothing but their Unicode normal form are one.

Some systems write `é` as one character (NFC), others as a letter with an accent behind it (NFD). What is stored keeps
the spelling that it has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from shared.errors import AmbiguousNameError


def fold(name: str) -> str:
    """Return what the name is compared by."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def is_same(one: str, other: str) -> bool:
    """Return whether two names are one."""
    return fold(one) == fold(other)


def list_spellings(name: str) -> frozenset[str]:
    """List the spellings that others may give a name: as it is, in NFC, in NFD."""
    return frozenset({name, fold(name), unicodedata.normalize("NFD", name)})


def choose_spelling(wanted: str, known: Iterable[str]) -> str | None:
    """Choose the known name that is meant: the one that is spelled so, else the one that is the same; None: none.

    Raises: AmbiguousNameError where several are the same, and none is spelled so.
    """
    same = sorted({each for each in known if is_same(each, wanted)})
    if wanted in same or not same:
        return wanted if same else None
    if len(same) > 1:
        raise AmbiguousNameError(wanted, same)
    return same[0]
