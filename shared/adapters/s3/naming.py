"""Finds names: the one that is meant, the one that is free."""

from __future__ import annotations

from itertools import count

from shared.adapters.s3.bucket import Bucket, ObjectFacts
from shared.adapters.s3.keys import archive_key, archives_of
from shared.archive_names import numbered, require_archive_name, stem_of
from shared.errors import ArchiveExistsError, UnknownArchiveError
from shared.spelling import choose_spelling, fold


async def find_archive(bucket: Bucket, tenant: str, name: str) -> ObjectFacts:
    """Describe the archive that is meant. Raises: UnknownArchiveError, AmbiguousNameError."""
    require_archive_name(name)
    spelled = name if name.isascii() else choose_spelling(name, await _list_names(bucket, tenant, ""))
    archive = None if spelled is None else await bucket.find(archive_key(tenant, spelled))
    if archive is None:
        raise UnknownArchiveError(name)
    return archive


async def choose_name(bucket: Bucket, tenant: str, name: str, *, number: bool) -> str:
    """Choose a name in NFC that no archive has. Raises: ArchiveExistsError."""
    name = fold(name)
    # Archives of others may be spelled in another form, so that they begin otherwise.
    taken = {fold(each) for each in await _list_names(bucket, tenant, stem_of(name) if name.isascii() else "")}
    wanted = next(each for each in (numbered(name, nth) for nth in count(1)) if each not in taken)
    if wanted != name and not number:
        raise ArchiveExistsError(name)
    return wanted


async def _list_names(bucket: Bucket, tenant: str, beginning: str) -> list[str]:
    folder = archives_of(tenant)
    return [each.key.removeprefix(folder) async for each in bucket.list(folder + beginning)]
