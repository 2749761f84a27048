"""Strays: objects among a tenant's archives that can be none. They are told of, and go when somebody says so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.keys import archives_of
from shared.archive_names import find_objection
from shared.errors import UnknownStrayError
from shared.ports.archives import Stray, StrayKind

MOST_STRAYS: Final = 1000
_FOLDER_REASON: Final = "keys with a slash within, which are not looked into; put archives beside them"


async def list_strays(bucket: Bucket, tenant: str) -> Sequence[Stray]:
    """List the first thousand by name; what is before a further slash counts as a folder, once."""
    beginning = archives_of(tenant)
    found: dict[str, Stray] = {}
    async for each in bucket.list(beginning):
        name, slash, _ = each.key.removeprefix(beginning).partition("/")
        objection = find_objection(name)
        if (slash or objection) and len(found) < MOST_STRAYS:
            found.setdefault(name + slash, _describe(name + slash, objection))
    return list(found.values())


def _describe(name: str, objection: str | None) -> Stray:
    is_folder = name.endswith("/")
    return Stray(
        id=_id_of(name),
        name=repr(name.removesuffix("/"))[1:-1],  # what cannot be printed is told as Python writes it
        kind=StrayKind.FOLDER if is_folder else StrayKind.FILE,
        reason=_FOLDER_REASON if is_folder else f"the name cannot be an archive's: {objection}",
    )


def _id_of(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32]


async def remove_stray(bucket: Bucket, tenant: str, stray_id: str) -> None:
    """Remove a stray, with all that is in it. Raises: UnknownStrayError."""
    beginning, found = archives_of(tenant), False
    async for each in bucket.list(beginning):
        name, slash, _ = each.key.removeprefix(beginning).partition("/")
        if (slash or find_objection(name)) and _id_of(name + slash) == stray_id:
            await bucket.delete(each.key)
            found = True
    if not found:
        raise UnknownStrayError(stray_id)
