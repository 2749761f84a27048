"""SHA-256 of contents, each computed once for as long as it does not change."""

from __future__ import annotations

from collections import OrderedDict

from shared.ports.contents import ArchiveContent

MAX_FILES = 1024
"""Digests remembered: about 200 kB."""


class DigestCache:
    """Remembers digests by the versions of contents."""

    def __init__(self) -> None:
        self._digests: OrderedDict[str, bytes] = OrderedDict()

    async def sha256(self, content: ArchiveContent) -> bytes:
        """Return the digest of a content. Raises: as its hash."""
        version = content.version
        if version not in self._digests:
            self._digests[version] = await content.hash()
        self._digests.move_to_end(version)
        while len(self._digests) > MAX_FILES:
            self._digests.popitem(last=False)
        return self._digests[version]
