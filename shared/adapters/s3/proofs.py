"""Proofs of who published an archive: an object that says what is about to get which name.

It is written before the archive, so whoever finds one after a crash looks whether the archive came: it has the mark of
its attempt. The multipart upload can be withdrawn with the proof, so that nothing comes later of a process that was
only stopped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from shared.adapters.s3.bucket import Bucket, ObjectFacts
from shared.adapters.s3.failures import MissingError
from shared.adapters.s3.keys import archive_key, multipart_lease, proof_key, proofs_of
from shared.adapters.s3.pins import is_pinned
from shared.archive_names import is_archive_name
from shared.ports.archives import ArchiveProof
from shared.ports.leases import Leases

MARK: Final = "attempt"
"""What metadata call the mark of an attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is about to be published."""

    name: str
    multipart: str
    """The id of the multipart upload."""
    mark: str
    size: int

    @classmethod
    def parse(cls, content: bytes) -> Self | None:
        """Read one; None for what is none."""
        try:
            told: Any = json.loads(content)
            found = cls(**{name: told[name] for name in cls.__dataclass_fields__})
        except (LookupError, TypeError, ValueError):
            return None
        kinds = {name: type(value) for name, value in asdict(found).items()}
        is_one = kinds == {"name": str, "multipart": str, "mark": str, "size": int} and is_archive_name(found.name)
        return found if is_one else None

    def fits(self, archive: ObjectFacts, proof: ObjectFacts) -> bool:
        """Return whether it is this archive: by its mark, or by size and time in a store that keeps no metadata."""
        if archive.metadata:
            return archive.metadata.get(MARK) == self.mark
        return archive.bytes == self.size and archive.modified >= proof.modified


async def put_proof(bucket: Bucket, key: str, intent: Intent) -> None:
    """Write a proof, in place of one that there is."""
    await bucket.put(key, json.dumps(asdict(intent)).encode())


async def find_published(bucket: Bucket, tenant: str, key: str) -> str | None:
    """Return the name that was given by whoever wrote a proof; None where none was, and then none will be."""
    proof = await bucket.find(key)
    intent = None if proof is None else await _read(bucket, proof)
    if proof is None or intent is None:
        return None
    await bucket.abort_multipart(archive_key(tenant, intent.name), intent.multipart)
    return intent.name if await _is_there(bucket, tenant, intent, proof) else None


async def list_proofs(bucket: Bucket, leases: Leases, tenant: str) -> Sequence[ArchiveProof]:
    """List the proofs of what was published, and of what nobody is publishing any more."""
    beginning = proofs_of(tenant)
    proofs: list[ArchiveProof] = []
    async for each in bucket.list(beginning):
        intent = await _read(bucket, each)
        name = None if intent is None or not await _is_there(bucket, tenant, intent, each) else intent.name
        if name is None and intent is not None and await leases.is_held(multipart_lease(intent.multipart)):
            continue
        proofs.append(ArchiveProof(owner=each.key.removeprefix(beginning), name=name))
    return proofs


async def withdraw(bucket: Bucket, tenant: str, owner: str, *, with_archive: bool) -> None:
    """Remove a proof; the archive first, so that a crash between leaves the proof. Call it under the folder's lease."""
    key = proof_key(tenant, owner)
    name = await find_published(bucket, tenant, key)
    # Whoever pins an archive wants it, whatever became of its job.
    if with_archive and name is not None and not await is_pinned(bucket, tenant, name):
        await bucket.delete(archive_key(tenant, name))
    await bucket.delete(key)


async def _read(bucket: Bucket, proof: ObjectFacts) -> Intent | None:
    with suppress(MissingError):
        return Intent.parse(await bucket.get(proof.key))
    return None


async def _is_there(bucket: Bucket, tenant: str, intent: Intent, proof: ObjectFacts) -> bool:
    archive = await bucket.find(archive_key(tenant, intent.name))
    return archive is not None and intent.fits(archive, proof)
