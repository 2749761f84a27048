"""Tries a bucket out: whether an archive could be written there."""

from __future__ import annotations

import secrets

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.keys import TRIALS
from shared.errors import UnavailableError
from shared.ports.archives import FolderFacts


async def try_bucket(bucket: Bucket, conditional: Conditional) -> FolderFacts:
    """Write an object, read and remove it; say how names are given."""
    path, key = str(bucket.address), TRIALS + secrets.token_hex(16)
    try:
        await bucket.put(key, b"graphferry")
        await bucket.get(key)
        await bucket.delete(key)
        conditions = await conditional.find()
    except UnavailableError as error:
        return FolderFacts(path=path, fault=error.message, is_elsewhere=False)
    return FolderFacts(path=path, fault=None, is_elsewhere=False, note=str(conditions))
