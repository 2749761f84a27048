"""Finds out whether a store writes on the condition that there is no object of the key, or that it is a certain one.

Some stores pass over a condition in silence, so it is tried out with an object that goes at once.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from typing_extensions import override

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.failures import CollisionError, TakenError, UnsupportedError
from shared.adapters.s3.keys import TRIALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a store was found to do."""

    put: bool
    """Whether an object written at once can be refused where there is one."""
    complete: bool
    """Whether a multipart upload can."""
    replace: bool
    """Whether an object can be refused to be replaced once it is another than was read."""

    @override
    def __str__(self) -> str:
        """Say how names are given, and what is replaced is kept from those who come late."""
        return self._tell_of_names() + ("" if self.replace else "; logs are replaced under a lease alone")

    def _tell_of_names(self) -> str:
        if self.put and self.complete:
            return "names are given by conditional writes"
        kinds = "large archives" if self.put else "small archives" if self.complete else "all archives"
        return f"the store passes over conditions: names of {kinds} are given under a lease in the job store"


class Conditional:
    """Tries a bucket out once."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = asyncio.Lock()
        self._found: Conditions | None = None

    async def find(self) -> Conditions:
        """Return what the store does, found out at the first call. Raises: as a bucket does."""
        async with self._lock:
            if self._found is None:
                self._found = await _try_out(self._bucket)
            return self._found


async def _try_out(bucket: Bucket) -> Conditions:
    key = TRIALS + secrets.token_hex(16)
    try:
        await bucket.put(key, b"graphferry")
        return Conditions(
            put=await _refuses_put(bucket, key),
            complete=await _refuses_completion(bucket, key),
            replace=await _refuses_replacement(bucket, key),
        )
    finally:
        await bucket.delete(key)


async def _refuses_put(bucket: Bucket, key: str) -> bool:
    try:
        await bucket.put(key, b"again", if_free=True)
    except (TakenError, CollisionError):
        return True
    except UnsupportedError:
        return False
    return False


async def _refuses_replacement(bucket: Bucket, key: str) -> bool:
    """Whether it refuses what is another, and nothing else."""
    _, etag = await bucket.get_tagged(key)
    try:
        await bucket.put(key, b"again", if_etag=etag)
        await bucket.put(key, b"and again", if_etag=etag)
    except (TakenError, CollisionError):
        return await bucket.get(key) == b"again"
    except UnsupportedError:
        return False
    return False


async def _refuses_completion(bucket: Bucket, key: str) -> bool:
    upload = await bucket.begin_multipart(key)
    try:
        part = await bucket.put_part(key, upload, 1, b"again")
        await bucket.complete_multipart(key, upload, [part], if_free=True)
    except (TakenError, CollisionError):
        await bucket.abort_multipart(key, upload)
        return True
    except UnsupportedError:
        await bucket.abort_multipart(key, upload)
    return False
