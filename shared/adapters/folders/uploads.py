"""Uploads that arrive in pieces, in the folders of the tenants' archives."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import uuid_utils

from shared.adapters.folders.archives import full_volume_named, link_archive, opened_folder, path_of
from shared.adapters.folders.upload_files import (
    CONTENT,
    NOTES,
    Notes,
    create_files,
    find_archive,
    lock,
    open_content,
    remove_files,
)
from shared.errors import GraphferryError, UnknownUploadError
from shared.identity import require_tenant_name
from shared.ports.uploads import OpenUpload, UploadFacts

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_Result = TypeVar("_Result")


class UploadDirectory:
    """Implements the UploadStore port."""

    def __init__(self, root: Path, *, keep_seconds: int) -> None:
        self._root = root
        self._keep = timedelta(seconds=keep_seconds)

    @contextmanager
    def _folder(self, tenant: str, upload_id: str) -> Iterator[int]:
        """Open the tenant's folder. Raises: UnknownUploadError where there is none yet, or the id is none."""
        if _ID.fullmatch(upload_id) is None:
            raise UnknownUploadError(upload_id)
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(opened_folder(self._root / require_tenant_name(tenant)))
            except FileNotFoundError as error:
                raise UnknownUploadError(upload_id) from error
            yield folder

    async def create(self, tenant: str, *, length: int, name: str, number: bool) -> UploadFacts:
        """Make the two files."""
        upload_id, notes = str(uuid_utils.uuid7()), Notes(length=length, name=name, number=number)

        def make() -> UploadFacts:
            (self._root / require_tenant_name(tenant)).mkdir(parents=True, exist_ok=True)
            with full_volume_named(), self._folder(tenant, upload_id) as folder:
                create_files(folder, upload_id, notes)
                return self._describe(folder, upload_id)

        return await asyncio.to_thread(make)

    async def get(self, tenant: str, upload_id: str) -> UploadFacts:
        """Bring what has arrived to disk, then tell of it."""

        def read() -> UploadFacts:
            with self._folder(tenant, upload_id) as folder:
                return self._describe(folder, upload_id)

        return await asyncio.to_thread(read)

    def _describe(self, folder: int, upload_id: str) -> UploadFacts:
        notes = Notes.read(folder, upload_id)
        if notes.archive is not None:
            written = os.stat(f".{upload_id}{NOTES}", dir_fd=folder, follow_symlinks=False)
            return self._facts(upload_id, notes, notes.length, written)
        content = open_content(folder, upload_id)
        try:
            os.fsync(content)
            facts = os.fstat(content)
        finally:
            os.close(content)
        size = facts.st_size if notes.trusted is None else min(facts.st_size, notes.trusted)
        return self._facts(upload_id, notes, size, facts)

    def _facts(self, upload_id: str, notes: Notes, offset: int, file: os.stat_result) -> UploadFacts:
        expires = datetime.fromtimestamp(file.st_mtime, UTC) + self._keep
        if expires <= datetime.now(UTC):
            raise UnknownUploadError(upload_id)
        return UploadFacts(
            id=upload_id,
            length=notes.length,
            name=notes.name,
            number=notes.number,
            offset=offset,
            expires=expires,
            archive=notes.archive,
        )

    @asynccontextmanager
    async def open(self, tenant: str, upload_id: str) -> AsyncIterator[OpenUpload]:
        """Lock what has arrived; what an earlier writer left in doubt is cut off."""
        opening = asyncio.ensure_future(asyncio.to_thread(self._open, tenant, upload_id))
        try:
            # A thread goes on when its awaiter is cancelled: what it opens then must be closed too.
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(GraphferryError):
                (await opening).close()
            raise
        upload = opening.result()
        try:
            yield upload
        finally:
            # Where no thread is free yet, a cancelled call would never be made.
            await asyncio.shield(asyncio.to_thread(upload.close))

    def _open(self, tenant: str, upload_id: str) -> _Upload:
        with self._folder(tenant, upload_id) as folder:
            facts = self._describe(folder, upload_id)
            content = open_content(folder, upload_id)
            try:
                lock(content, upload_id)
                notes = Notes.read(folder, upload_id)
                if notes.trusted is not None:
                    os.ftruncate(content, notes.trusted)
                    notes = notes.change(folder, upload_id, trusted=None)
                facts = self._describe(folder, upload_id)
                os.lseek(content, 0, os.SEEK_END)
                path = path_of(content, self._root / tenant / f".{upload_id}{CONTENT}")
                return _Upload(os.dup(folder), content, facts, notes, path)
            except BaseException:
                os.close(content)
                raise

    async def remove_expired(self) -> int:
        """Look at the age of every upload."""
        return await asyncio.to_thread(self._remove_expired)

    def _remove_expired(self) -> int:
        oldest = (datetime.now(UTC) - self._keep).timestamp()
        # An upload that is complete has its notes alone; one whose notes were never written, its content.
        found = [*self._root.glob(f"*/.*{CONTENT}"), *self._root.glob(f"*/.*{NOTES}")]
        return sum(self._remove_if_older(path, oldest) for path in found)

    def _remove_if_older(self, path: Path, oldest: float) -> bool:
        upload_id = path.name.removesuffix(NOTES).removesuffix(CONTENT).removeprefix(".")
        content = path.with_name(f".{upload_id}{CONTENT}")
        with suppress(OSError, GraphferryError), opened_folder(path.parent) as folder:
            newest = content if content.exists() else path
            if newest.stat(follow_symlinks=False).st_mtime <= oldest and _ID.fullmatch(upload_id):
                remove_files(folder, upload_id)
                return True
        return False


class _Upload:
    """An upload that this process alone writes to."""

    def __init__(self, folder: int, content: int, facts: UploadFacts, notes: Notes, path: Path) -> None:
        self.facts = facts
        self.path = path
        self._folder = folder
        self._content = content
        self._notes = notes

    def close(self) -> None:
        os.close(self._content)
        os.close(self._folder)

    async def _do(self, work: Callable[[], _Result]) -> _Result:
        with full_volume_named():
            return await asyncio.to_thread(work)

    async def write(self, content: bytes) -> None:
        """Append."""
        await self._do(lambda: _write_all(self._content, content))

    async def sync(self) -> None:
        """Bring it to disk."""
        await self._do(lambda: os.fsync(self._content))

    async def doubt(self) -> None:
        """Note how much counts."""
        await self._note(trusted=os.fstat(self._content).st_size)

    async def trust(self, *, keep: bool) -> None:
        """Note that all counts, once what does not is gone."""

        def settle() -> None:
            if not keep and self._notes.trusted is not None:
                os.ftruncate(self._content, self._notes.trusted)
                os.lseek(self._content, 0, os.SEEK_END)
            os.fsync(self._content)

        await self._do(settle)
        await self._note(trusted=None)

    async def _note(self, **changes: object) -> None:
        self._notes = await self._do(lambda: self._notes.change(self._folder, self.facts.id, **changes))

    async def publish(self) -> str:
        """Link it to its name, note that, and drop its own."""
        name = await self._do(self._publish)
        await self._note(archive=name)
        await self._do(lambda: os.unlink(f".{self.facts.id}{CONTENT}", dir_fd=self._folder))
        return name

    def _publish(self) -> str:
        # Published by a process that died before it could note so?
        if (known := find_archive(self._folder, self._content)) is not None:
            return known
        os.fsync(self._content)
        own = f".{self.facts.id}{CONTENT}"
        name = link_archive(own, self.facts.name, self._folder, number=self.facts.number)
        os.fsync(self._folder)
        return name

    async def remove(self) -> None:
        """Remove both files."""
        await self._do(lambda: remove_files(self._folder, self.facts.id))


def _write_all(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
