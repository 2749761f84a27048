"""Archives in a dictionary, handed out as files of a scratch folder."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from shared.archive.file_identity import identify
from shared.archive.file_sink import FileSink, StreamedFile
from shared.archive.local_content import open_content
from shared.archive_names import job_of_archive, numbered, require_archive_name
from shared.errors import (
    ArchiveExistsError,
    ArchivePinnedError,
    ConflictError,
    QuotaExceededError,
    UnknownArchiveError,
    UnknownStrayError,
)
from shared.jobs.record import ArchiveIdentity
from shared.ports.archive_sinks import StreamedArchive
from shared.ports.archives import ArchiveProof, FolderFacts, PendingArchive, StoredArchive, Stray
from shared.ports.contents import ArchiveContent
from shared.quotas import Room
from shared.spelling import choose_spelling, fold


class MemoryArchives:
    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._serial = itertools.count()
        self._proofs: dict[tuple[str, str], str] = {}
        self.strays: dict[tuple[str, str], Stray] = {}
        """By tenant and id; put here by a test."""
        self.folders: list[FolderFacts] = []
        """Put here by a test."""
        self.tenants: set[str] = set()
        """Those that have a folder."""
        self._content: dict[tuple[str, str], Path] = {}
        self._pinned: set[tuple[str, str]] = set()
        self._expiring: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._keepers: Counter[str] = Counter()
        self.parts: dict[Path, str] = {}
        """What is being written, with its tenant."""

    def put(self, tenant: str, name: str, content: bytes) -> None:
        path = self._scratch_file()
        path.write_bytes(content)
        self._content[tenant, name] = path

    def _find(self, tenant: str, name: str) -> Path:
        return self._content[tenant, self._spell(tenant, name)]

    def _spell(self, tenant: str, name: str) -> str:
        known = (each for owner, each in self._content if owner == tenant)
        if (spelled := choose_spelling(require_archive_name(name), known)) is None:
            raise UnknownArchiveError(name)
        return spelled

    async def add_folder(self, tenant: str) -> None:
        self.tenants.add(tenant)

    async def drop_folder(self, tenant: str) -> None:
        if not await self.list_archives(tenant):
            self.tenants.discard(tenant)

    async def list_archives(self, tenant: str) -> Sequence[StoredArchive]:
        return [await self.get(tenant, name) for owner, name in sorted(self._content) if owner == tenant]

    async def get(self, tenant: str, name: str) -> StoredArchive:
        spelled = self._spell(tenant, name)
        facts = self._content[tenant, spelled].stat()
        return StoredArchive(
            name=spelled,
            bytes=facts.st_size,
            modified=datetime.fromtimestamp(facts.st_mtime, UTC),
            arrived=datetime.fromtimestamp(facts.st_ctime, UTC),
            pinned=(tenant, spelled) in self._pinned,
        )

    @asynccontextmanager
    async def open_local(self, tenant: str, name: str) -> AsyncIterator[Path]:
        yield self._find(tenant, name)

    @asynccontextmanager
    async def open_content(self, tenant: str, name: str) -> AsyncIterator[ArchiveContent]:
        async with open_content(self._find(tenant, name)) as content:
            yield content

    async def identify(self, path: Path) -> ArchiveIdentity:
        return identify(path)

    @asynccontextmanager
    async def create(self, tenant: str, *, owner: str, quota: int | None = None) -> AsyncIterator[PendingArchive]:
        path = self._scratch_file()
        path.write_bytes(b"")
        self.parts[path] = tenant
        try:
            yield MemoryPart(self, tenant, path, owner, quota)
        finally:
            self.drop_part(path)

    @asynccontextmanager
    async def stream(
        self, tenant: str, *, owner: str, most: int, quota: int | None = None
    ) -> AsyncIterator[StreamedArchive]:
        del most
        async with self.create(tenant, owner=owner, quota=quota) as part, FileSink.open(part.path) as sink:
            yield StreamedFile(part, sink)

    async def measure_open(self) -> int | None:
        return None

    def drop_part(self, path: Path) -> None:
        self.parts.pop(path, None)
        path.unlink(missing_ok=True)

    async def measure(self, tenant: str) -> int:
        written = [path for (owner, _), path in self._content.items() if owner == tenant]
        written += [path for path, owner in self.parts.items() if owner == tenant]
        return sum({(facts := path.stat()).st_ino: facts.st_size for path in written}.values())

    async def set_pinned(self, tenant: str, name: str, *, pinned: bool) -> StoredArchive:
        spelled = self._spell(tenant, name)
        if job_of_archive(spelled) is not None:
            raise ConflictError(f"Archive {spelled!r} goes with its job, and cannot be pinned.")
        (self._pinned.add if pinned else self._pinned.discard)((tenant, spelled))
        return await self.get(tenant, spelled)

    @asynccontextmanager
    async def keep(self, tenant: str) -> AsyncIterator[None]:
        async with self._expiring[tenant]:
            self._keepers[tenant] += 1
        try:
            yield
        finally:
            self._keepers[tenant] -= 1

    async def expire(
        self, tenant: str, name: str, *, before: datetime, is_wanted: Callable[[], Awaitable[bool]]
    ) -> bool:
        async with self._expiring[tenant]:
            while self._keepers[tenant]:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)
            if await is_wanted():
                return False
            if (await self.get(tenant, name)).arrived >= before:
                raise UnknownArchiveError(name)
            await self.delete(tenant, name)
            return True

    async def delete(self, tenant: str, name: str) -> None:
        archive = await self.get(tenant, name)
        if archive.pinned:
            raise ArchivePinnedError(name)
        del self._content[tenant, archive.name]

    async def remove_abandoned(self) -> int:
        return 0

    async def read_clock(self) -> datetime:
        return datetime.now(UTC)

    async def try_root(self) -> FolderFacts:
        return self.folders[0] if self.folders else FolderFacts(path=Path("archives"), fault=None, is_elsewhere=False)

    async def try_folders(self) -> Sequence[FolderFacts]:
        return self.folders

    async def list_strays(self, tenant: str) -> Sequence[Stray]:
        return [each for (place, _), each in self.strays.items() if place == tenant]

    async def remove_stray(self, tenant: str, stray_id: str) -> None:
        if self.strays.pop((tenant, stray_id), None) is None:
            raise UnknownStrayError(stray_id)

    async def list_proofs(self, tenant: str) -> Sequence[ArchiveProof]:
        return [
            ArchiveProof(owner=owner, name=name if (tenant, name) in self._content else None)
            for (place, owner), name in self._proofs.items()
            if place == tenant
        ]

    async def drop_proof(self, tenant: str, proof: ArchiveProof, *, with_archive: bool) -> None:
        is_there = self._proofs.pop((tenant, proof.owner), None) and proof.name is not None
        if is_there and with_archive and (tenant, proof.name) not in self._pinned:
            self._content.pop((tenant, str(proof.name)), None)

    def prove(self, tenant: str, owner: str, name: str) -> None:
        self._proofs[tenant, owner] = name

    def publish(self, tenant: str, path: Path, name: str, *, number: bool) -> str:
        tries: Iterator[int] = itertools.count(1) if number else iter([1])
        taken = {fold(each) for owner, each in self._content if owner == tenant}
        for wanted in (numbered(fold(require_archive_name(name)), each) for each in tries):
            if wanted not in taken:
                self._content[tenant, wanted] = self._scratch_file()
                os.link(path, self._content[tenant, wanted])
                return wanted
        raise ArchiveExistsError(name)

    def _scratch_file(self) -> Path:
        return self._scratch / f"{next(self._serial)}.scratch"


class MemoryPart:
    def __init__(self, store: MemoryArchives, tenant: str, path: Path, owner: str, quota: int | None) -> None:
        self.path = path
        self._store = store
        self._tenant = tenant
        self._owner = owner
        self._quota = quota

    async def expect(self, more: int) -> Room | None:
        if self._quota is None:
            return None
        own = self.path.stat().st_size
        room = Room(quota=self._quota, there=await self._store.measure(self._tenant) - own)
        try:
            room.require(own + more)
        except QuotaExceededError:
            self._store.drop_part(self.path)
            raise
        return room

    async def grow(self, by: int) -> None:
        await self.expect(0)

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> str:
        require_archive_name(name)
        await self.grow(0)
        taken = self._store.publish(self._tenant, self.path, name, number=number)
        if prove:
            self._store.prove(self._tenant, self._owner, taken)
        return taken
