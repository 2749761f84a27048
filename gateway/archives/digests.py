"""SHA-256 of files, each computed once for as long as it does not change."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import TypeAlias

from gateway.bodies.downloads import is_same_content
from shared.archive.file_hash import hash_file
from shared.concurrency.stoppable import in_thread
from shared.errors import ConflictError

MAX_FILES = 1024
"""Digests remembered: about 200 kB."""

_Identity: TypeAlias = tuple[int, int, int, int]


class DigestCache:
    """Remembers digests by what the file system says of a file: device, inode, size, time of change."""

    def __init__(self) -> None:
        self._digests: OrderedDict[_Identity, bytes] = OrderedDict()

    async def sha256(self, path: Path) -> bytes:
        """Return the digest of a file; reading a large one takes a second for each gigabyte or two.

        Raises: ConflictError where it is written meanwhile.
        """
        before = await asyncio.to_thread(path.stat)
        identity = _identify(before)
        if identity not in self._digests:
            sha256, _ = await in_thread(partial(hash_file, path))
            if not is_same_content(before, await asyncio.to_thread(path.stat)):
                raise ConflictError("The file is being written at this moment; ask again once it is whole.")
            self._digests[identity] = bytes.fromhex(sha256)
        self._digests.move_to_end(identity)
        while len(self._digests) > MAX_FILES:
            self._digests.popitem(last=False)
        return self._digests[identity]


def _identify(facts: os.stat_result) -> _Identity:
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_ctime_ns
