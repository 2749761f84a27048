"""What objects hold, by their SHA-256."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Final

from shared.adapters.s3.bucket import ObjectFacts
from shared.adapters.s3.publishing import HASH
from shared.jobs.record import ArchiveIdentity

_MOST: Final = 1024
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DIGITS: Final = 12
"""Of a digest that a number of the JSON of all languages holds."""


class Digests:
    """Remembers those that had to be read for: some stores keep no metadata, and others put objects there, too."""

    def __init__(self) -> None:
        self._read: OrderedDict[tuple[str, str, int], str] = OrderedDict()

    def find(self, facts: ObjectFacts) -> str | None:
        """Return the SHA-256 that was stored with an object, or was read; None: nobody knows it."""
        return told_hash(facts) or self._read.get(_name(facts))

    def note(self, facts: ObjectFacts, sha256: str) -> None:
        """Remember what was read."""
        self._read[_name(facts)] = sha256
        while len(self._read) > _MOST:
            self._read.popitem(last=False)


def _name(facts: ObjectFacts) -> tuple[str, str, int]:
    return facts.key, facts.etag, facts.bytes


def told_hash(facts: ObjectFacts) -> str | None:
    """Return the SHA-256 that was stored with an object; None where none was."""
    told = facts.metadata.get(HASH, "")
    return told if _SHA256.fullmatch(told) else None


def identify(sha256: str, size: int) -> ArchiveIdentity:
    """Tell an archive by its content: every fetch makes another file."""
    return ArchiveIdentity(inode=int(sha256[:_DIGITS], 16), bytes=size, modified_ns=0)
