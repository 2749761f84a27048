"""Pins: an empty object says that an archive stays until somebody unpins it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.keys import pin_key, pins_of
from shared.spelling import fold


async def list_pins(bucket: Bucket, tenant: str) -> AbstractSet[str]:
    """Return the names of pinned archives, as names are compared."""
    beginning = pins_of(tenant)
    return {each.key.removeprefix(beginning) async for each in bucket.list(beginning)}


def has_pin(pins: AbstractSet[str], name: str) -> bool:
    """Return whether an archive is among those that are pinned."""
    return fold(name) in pins


async def is_pinned(bucket: Bucket, tenant: str, name: str) -> bool:
    """Return whether an archive has a pin."""
    return await bucket.find(pin_key(tenant, name)) is not None


async def put_pin(bucket: Bucket, tenant: str, name: str) -> None:
    """Pin an archive."""
    await bucket.put(pin_key(tenant, name), b"")


async def drop_pin(bucket: Bucket, tenant: str, name: str) -> None:
    """Take an archive's pin away, if it has one."""
    await bucket.delete(pin_key(tenant, name))
