"""Archives as objects of a bucket."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from shared.adapters.s3.bucket import ObjectFacts
from shared.adapters.s3.content import ObjectContent, require_stored
from shared.adapters.s3.digests import Digests, identify
from shared.adapters.s3.failures import MissingError, TakenError
from shared.adapters.s3.keys import ARCHIVES, archives_of, proof_key, staging_lease, staging_of
from shared.adapters.s3.naming import find_archive
from shared.adapters.s3.part_sizes import PartSizes
from shared.adapters.s3.payloads import FilePayload
from shared.adapters.s3.pins import drop_pin, has_pin, is_pinned, list_pins, put_pin
from shared.adapters.s3.proofs import list_proofs, withdraw
from shared.adapters.s3.publishing import Publisher, Wish
from shared.adapters.s3.quotas import Scale, measure
from shared.adapters.s3.scratch import ScratchFile
from shared.adapters.s3.staged import StagedPayload, held
from shared.adapters.s3.staging import StagingSink
from shared.adapters.s3.staging_sweep import StagingSweep, measure_multiparts
from shared.adapters.s3.store import ObjectStore
from shared.adapters.s3.strays import list_strays, remove_stray
from shared.adapters.s3.sweeping import PATIENCE, abort_abandoned, remove_left_trials
from shared.adapters.s3.transfers import fetch, hash_file
from shared.adapters.s3.trials import Trial
from shared.adapters.s3.turns import keeping, turn
from shared.archive_names import is_archive_name, job_of_archive, require_archive_name
from shared.errors import (
    ArchivePinnedError,
    ConflictError,
    QuotaExceededError,
    UnavailableError,
    UnknownArchiveError,
)
from shared.identity import require_tenant_name
from shared.jobs.record import ArchiveIdentity
from shared.jobs.summaries import ArchiveFacts
from shared.ports.archive_sinks import StreamedArchive
from shared.ports.archives import ArchiveProof, FolderFacts, PendingArchive, StoredArchive, Stray
from shared.ports.contents import ArchiveContent
from shared.ports.leases import Lease
from shared.quotas import Room

_TRIES = 3
"""How often an archive that becomes another while it is read is read from the beginning."""


class S3Archives:
    """Implements the ArchiveStore port. A tenant's folder is what keys begin with: nothing has to be made for it."""

    def __init__(self, store: ObjectStore, *, patience: timedelta = PATIENCE, sizes: PartSizes | None = None) -> None:
        """`sizes`: of the parts of what is streamed, but for what the largest archive needs."""
        self._sizes = sizes or PartSizes(most=0)
        self._bucket = store.bucket
        self._leases = store.leases
        self._scratch = store.scratch
        self._growth = store.growth
        self._publisher = store.publisher
        self._patience = patience
        self._copying = store.copying
        self._trial = Trial(store.bucket, store.conditional, store.copying)
        self._staging_sweep = StagingSweep(store.bucket, store.leases, patience)
        self._digests = Digests()
        self._fetched: dict[Path, str] = {}
        """The SHA-256 of the files that archives were fetched to and that are open."""

    async def add_folder(self, tenant: str) -> None:
        """Nothing is to be made: an empty folder is no object."""
        require_tenant_name(tenant)

    async def drop_folder(self, tenant: str) -> None:
        """Nothing is to be removed: the last archive has taken the folder with it."""
        require_tenant_name(tenant)

    async def list_archives(self, tenant: str) -> Sequence[StoredArchive]:
        """List the tenant's archives by name; objects of other names are passed over."""
        beginning, pins = archives_of(tenant), await list_pins(self._bucket, tenant)
        found = [
            _stored(name, each, pinned=has_pin(pins, name))
            async for each in self._bucket.list(beginning)
            if is_archive_name(name := each.key.removeprefix(beginning))
        ]
        return sorted(found, key=lambda each: each.name)

    async def get(self, tenant: str, name: str) -> StoredArchive:
        """Describe one archive."""
        archive = await find_archive(self._bucket, tenant, name)
        spelled = _name_of(tenant, archive)
        return _stored(spelled, archive, pinned=await is_pinned(self._bucket, tenant, spelled))

    @asynccontextmanager
    async def open_local(self, tenant: str, name: str) -> AsyncIterator[Path]:
        """Fetch the archive to a file of this machine. Raises: UnknownArchiveError, DiskFullError.

        InvalidArchiveError where it is not what was stored.
        """
        async with self._scratch.open() as file:
            self._fetched[file.path] = await self._fetch(tenant, name, file)
            try:
                yield file.path
            finally:
                del self._fetched[file.path]

    @asynccontextmanager
    async def open_content(self, tenant: str, name: str) -> AsyncIterator[ArchiveContent]:
        """Look it up; what is read of it later is of this very object."""
        archive = await find_archive(self._bucket, tenant, name)
        yield ObjectContent(self._bucket, archive, name, digests=self._digests, scratch=self._scratch)

    async def identify(self, path: Path) -> ArchiveIdentity:
        """Tell it by its content: every fetch makes another file."""
        digest = self._fetched.get(path) or await hash_file(path)
        return identify(digest, await asyncio.to_thread(lambda: path.stat().st_size))

    async def _fetch(self, tenant: str, name: str, file: ScratchFile) -> str:
        """Write the archive into a file, and return its SHA-256."""
        for _ in range(_TRIES):
            archive = await find_archive(self._bucket, tenant, name)
            with suppress(MissingError, TakenError), self._scratch.full_volume_named():
                await asyncio.to_thread(file.empty)
                digest = await fetch(self._bucket, archive, file)
                require_stored(archive, name, digest)
                self._digests.note(archive, digest)
                return digest
        raise UnavailableError(f"Archive {name!r} became another while it was read; try again later.")

    @asynccontextmanager
    async def create(self, tenant: str, *, owner: str, quota: int | None = None) -> AsyncIterator[PendingArchive]:
        """Open an empty file of this machine, which goes with the context."""
        require_tenant_name(tenant)
        async with self._scratch.open() as file:
            scale = Scale(self._bucket, self._growth, tenant, quota, lambda: file.size)
            try:
                yield _Part(file, tenant, owner, self._publisher, scale)
            finally:
                scale.drop()

    @asynccontextmanager
    async def stream(
        self, tenant: str, *, owner: str, most: int, quota: int | None = None
    ) -> AsyncIterator[StreamedArchive]:
        """Let it grow in the bucket: this machine needs no room for it."""
        beginning = staging_of(tenant, owner, secrets.token_hex(8))
        sink = StagingSink(self._bucket, beginning, replace(self._sizes, most=most))
        scale = Scale(self._bucket, self._growth, tenant, quota, lambda: sink.taken)
        async with held(self._leases, staging_lease(beginning)):
            try:
                yield _Streamed(sink, StagedPayload(sink, self._copying), tenant, owner, self._publisher, scale)
            finally:
                scale.drop()
                await asyncio.shield(sink.close())

    async def measure(self, tenant: str) -> int:
        """Add up the objects, and what this process writes for the tenant."""
        return await measure(self._bucket, self._growth, tenant)

    async def set_pinned(self, tenant: str, name: str, *, pinned: bool) -> StoredArchive:
        """Put a pin into the bucket, or take it away."""
        async with turn(self._leases, require_tenant_name(tenant)):
            archive = await self.get(tenant, name)
            if job_of_archive(archive.name) is not None:
                raise ConflictError(f"Archive {archive.name!r} goes with its job, and cannot be pinned.")
            await (put_pin if pinned else drop_pin)(self._bucket, tenant, archive.name)
            return await self.get(tenant, archive.name)

    @asynccontextmanager
    async def keep(self, tenant: str) -> AsyncIterator[None]:
        """Share a lease that `expire` has to have alone."""
        async with keeping(self._leases, require_tenant_name(tenant), shared=True):
            yield

    async def expire(
        self, tenant: str, name: str, *, before: datetime, is_wanted: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Ask, and delete, while nobody keeps archives."""
        async with keeping(self._leases, require_tenant_name(tenant), shared=False) as alone:
            if await is_wanted():
                return False
            await self._delete(tenant, name, before, alone)
            return True

    async def delete(self, tenant: str, name: str) -> None:
        """Delete an archive; who has fetched it can finish."""
        await self._delete(tenant, name)

    async def _delete(self, tenant: str, name: str, before: datetime | None = None, alone: Lease | None = None) -> None:
        require_archive_name(name)
        async with turn(self._leases, require_tenant_name(tenant)) as lease:
            found = await find_archive(self._bucket, tenant, name)
            spelled = _name_of(tenant, found)
            # One that goes with its job has no pin that counts, whoever made it.
            if job_of_archive(spelled) is None and await is_pinned(self._bucket, tenant, spelled):
                raise ArchivePinnedError(spelled)
            if before is not None and found.modified >= before:
                raise UnknownArchiveError(name)
            lease.require()
            if alone is not None:  # else somebody may want it who has come since it was asked
                alone.require()
            await self._bucket.delete(found.key)

    async def read_clock(self) -> datetime:
        """Ask the store, which gives objects their times."""
        return await self._bucket.read_clock()

    async def try_root(self) -> FolderFacts:
        """Write an object, read and remove it; what was found is told for some seconds."""
        return await self._trial.find()

    async def try_folders(self) -> Sequence[FolderFacts]:
        """Try the bucket out anew: it has all folders."""
        return [await self._trial.make()]

    async def list_strays(self, tenant: str) -> Sequence[Stray]:
        """List objects that others put among the tenant's archives and that can be none."""
        return await list_strays(self._bucket, tenant)

    async def remove_stray(self, tenant: str, stray_id: str) -> None:
        """Remove it; a folder with all keys that begin so."""
        await remove_stray(self._bucket, tenant, stray_id)

    async def list_proofs(self, tenant: str) -> Sequence[ArchiveProof]:
        """List the proofs of what was published, and of what nobody is publishing any more."""
        return await list_proofs(self._bucket, self._leases, tenant)

    async def remove_abandoned(self) -> int:
        """Give up the multipart uploads of dead processes, and return how many there were; their trials go too."""
        await remove_left_trials(self._bucket, self._leases, patience=self._patience)
        published = await abort_abandoned(self._bucket, self._leases, ARCHIVES, patience=self._patience)
        return published + await self._staging_sweep.run()

    async def measure_open(self) -> int | None:
        """Add up the parts of all uploads under way, and of those that were left."""
        return await measure_multiparts(self._bucket)

    async def drop_proof(self, tenant: str, proof: ArchiveProof, *, with_archive: bool) -> None:
        """Remove a proof, what may still come of it, and the archive if that is wanted."""
        async with turn(self._leases, require_tenant_name(tenant)):
            await withdraw(self._bucket, tenant, proof.owner, with_archive=with_archive)


def _name_of(tenant: str, archive: ObjectFacts) -> str:
    return archive.key.removeprefix(archives_of(tenant))


def _stored(name: str, archive: ObjectFacts, *, pinned: bool) -> StoredArchive:
    # Objects are written once: they have come when they were last changed.
    return StoredArchive(
        name=name, bytes=archive.bytes, modified=archive.modified, arrived=archive.modified, pinned=pinned
    )


class _Part:
    """A file of this machine that becomes an archive, once."""

    def __init__(self, file: ScratchFile, tenant: str, owner: str, publisher: Publisher, scale: Scale) -> None:
        self.path = file.path
        self._file = file
        self._tenant = tenant
        self._owner = owner
        self._publisher = publisher
        self._scale = scale

    async def expect(self, more: int) -> Room | None:
        """Weigh it with what is to come."""
        async with _emptied_if_refused(self._file):
            return await self._scale.expect(more)

    async def grow(self, by: int) -> None:
        """Weigh it now and then."""
        async with _emptied_if_refused(self._file):
            await self._scale.grow(by)

    async def _weigh(self) -> None:
        await self.expect(0)

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> str:
        """Upload it."""
        proof = proof_key(self._tenant, self._owner) if prove else None
        wish = Wish(tenant=self._tenant, name=require_archive_name(name), number=number, owner=self._owner, proof=proof)
        weigh = None if self._scale.quota is None else self._weigh
        taken = await self._publisher.publish(FilePayload(self._file), wish, weigh=weigh)
        self._scale.drop()  # it counts as an archive now
        return taken


class _Streamed:
    """What grows in the bucket, and becomes an archive once."""

    def __init__(
        self,
        sink: StagingSink,
        payload: StagedPayload,
        tenant: str,
        owner: str,
        publisher: Publisher,
        scale: Scale,
    ) -> None:
        self.sink = sink
        self._payload = payload
        self._tenant = tenant
        self._owner = owner
        self._publisher = publisher
        self._scale = scale

    async def expect(self, more: int) -> Room | None:
        """Weigh it with what is to come."""
        return await self._scale.expect(more)

    async def _weigh(self) -> None:
        await self.expect(0)

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> ArchiveFacts:
        """Have the store make an archive of it."""
        proof = proof_key(self._tenant, self._owner) if prove else None
        wish = Wish(tenant=self._tenant, name=require_archive_name(name), number=number, owner=self._owner, proof=proof)
        weigh = None if self._scale.quota is None else self._weigh
        sha256 = await self._payload.hash()
        taken = await self._publisher.publish(self._payload, wish, weigh=weigh)
        self._scale.drop()  # it counts as an archive now
        return ArchiveFacts(name=taken, bytes=self._payload.size, sha256=sha256)


@asynccontextmanager
async def _emptied_if_refused(file: ScratchFile) -> AsyncIterator[None]:
    try:
        yield
    except QuotaExceededError:
        await asyncio.to_thread(file.empty)
        raise
