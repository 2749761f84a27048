"""Removes what dead processes left and nobody sees: multipart uploads, whose parts cost room, and trials."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from shared.adapters.s3.bucket import Bucket, OpenMultipart
from shared.adapters.s3.failures import MissingError, UnsupportedError
from shared.adapters.s3.keys import TRIALS, multipart_lease
from shared.ports.leases import Leases

PATIENCE: Final = timedelta(minutes=2)
"""An upload is begun before its lease is had."""
_TRIES: Final = 5
"""How often parts that were under way are waited for; the next sweep goes on."""


async def abort_abandoned(bucket: Bucket, leases: Leases, beginning: str, *, patience: timedelta = PATIENCE) -> int:
    """Give up those under keys that begin so, unless somebody holds their lease; return how many there were."""
    try:
        found = await bucket.list_multiparts(beginning)
    except UnsupportedError:
        return 0
    if not found:
        return 0
    before = await bucket.read_clock() - patience
    old = [each for each in found if each.begun <= before]
    return sum([await _abort_if_abandoned(bucket, leases, each) for each in old])


async def remove_left_trials(bucket: Bucket, leases: Leases, *, patience: timedelta = PATIENCE) -> None:
    """Remove what dead processes left of trying the bucket out: who lives removes it within seconds."""
    await abort_abandoned(bucket, leases, TRIALS, patience=patience)
    found = [each async for each in bucket.list(TRIALS)]
    if not found:
        return
    before = await bucket.read_clock() - patience
    for each in found:
        if each.modified <= before:
            await bucket.delete(each.key)


async def _abort_if_abandoned(bucket: Bucket, leases: Leases, upload: OpenMultipart) -> bool:
    if await leases.is_held(multipart_lease(upload.id)):
        return False
    await abort_wholly(bucket, upload.key, upload.id)
    return True


async def abort_wholly(bucket: Bucket, key: str, upload: str) -> None:
    """Give an upload up until it has no parts: those under way may come after the first request."""
    for _ in range(_TRIES):
        await bucket.abort_multipart(key, upload)
        try:
            if not await bucket.list_parts(key, upload):
                return
        except (MissingError, UnsupportedError):
            return
