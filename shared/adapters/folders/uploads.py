"""Uploads that arrive in pieces, in the folders of the tenants' archives."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import uuid_utils

from shared.adapters.folders.archives import link_archive
from shared.adapters.folders.locks import FolderLocks
from shared.adapters.folders.opening import find_hidden, path_of, read_clock, time_of
from shared.adapters.folders.quotas import Scale
from shared.adapters.folders.upload_files import (
    CONTENT,
    NOTES,
    NOTES_FOLDER,
    WANTED,
    Notes,
    Place,
    create_files,
    find_archive,
    has_other_names,
    is_wanted,
    lock,
    open_content,
    opened_place,
    remove_files,
    stop_wanting,
    want,
)
from shared.adapters.folders.volume import full_volume_named
from shared.errors import GraphferryError, UnknownUploadError, UploadBusyError
from shared.identity import require_tenant_name
from shared.ports.uploads import OpenUpload, UploadFacts
from shared.quotas import Room

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOTES_OF_BEFORE = f"{CONTENT}.json"
"""Notes lay in the tenant's folder once: those still there go as uploads do."""
TURN_SECONDS = 8.0
"""How long a new writer waits for the one before: shorter than clients try again."""
_PAUSE_SECONDS = 0.25
_Result = TypeVar("_Result")


class UploadDirectory:
    """Implements the UploadStore port."""

    def __init__(self, root: Path, *, keep_seconds: int) -> None:
        self._root = root
        self._keep_seconds = keep_seconds
        self._locks = FolderLocks(root)

    @contextmanager
    def _place(self, tenant: str, upload_id: str) -> Iterator[Place]:
        """Open the upload's folders. Raises: UnknownUploadError where there are none yet, or the id is none."""
        if _ID.fullmatch(upload_id) is None:
            raise UnknownUploadError(upload_id)
        with ExitStack() as stack:
            try:
                place = stack.enter_context(opened_place(self._root, require_tenant_name(tenant)))
            except FileNotFoundError as error:
                raise UnknownUploadError(upload_id) from error
            yield place

    async def create(
        self, tenant: str, *, length: int | None, name: str, number: bool, metadata: str = ""
    ) -> UploadFacts:
        """Make the two files."""
        upload_id = str(uuid_utils.uuid7())
        notes = Notes(length=length, name=name, number=number, metadata=metadata)

        def make() -> UploadFacts:
            with full_volume_named():
                for folder in (self._root, self._root / NOTES_FOLDER):
                    (folder / require_tenant_name(tenant)).mkdir(parents=True, exist_ok=True)
                with self._place(tenant, upload_id) as place:
                    create_files(place, upload_id, notes)
                    return self._describe(place, upload_id)

        return await asyncio.to_thread(make)

    async def get(self, tenant: str, upload_id: str) -> UploadFacts:
        """Bring what has arrived to disk, then tell of it."""

        def read() -> UploadFacts:
            with full_volume_named(), self._place(tenant, upload_id) as place:
                return self._describe(place, upload_id)

        return await asyncio.to_thread(read)

    def _describe(self, place: Place, upload_id: str) -> UploadFacts:
        notes = Notes.read(place.notes, upload_id)
        if notes.archive is not None:
            written = os.stat(f"{upload_id}{NOTES}", dir_fd=place.notes, follow_symlinks=False)
            return self._facts(upload_id, notes, notes.length or 0, written)
        content = open_content(place.content, upload_id)
        try:
            os.fsync(content)
            facts = os.fstat(content)
        finally:
            os.close(content)
        size = facts.st_size if notes.trusted is None else min(facts.st_size, notes.trusted)
        return self._facts(upload_id, notes, size, facts)

    def _facts(self, upload_id: str, notes: Notes, offset: int, file: os.stat_result) -> UploadFacts:
        if self._is_over(file):
            raise UnknownUploadError(upload_id)
        return UploadFacts(
            id=upload_id,
            length=notes.length,
            name=notes.name,
            number=notes.number,
            offset=offset,
            expires=time_of(file.st_mtime) + timedelta(seconds=self._keep_seconds),
            metadata=notes.metadata or "",
            archive=notes.archive,
        )

    def _is_over(self, file: os.stat_result) -> bool:
        """Return whether a file has been left alone too long; times of a far future are a tenant's invention."""
        return abs(read_clock(self._root) - file.st_mtime) >= self._keep_seconds

    @asynccontextmanager
    async def open(self, tenant: str, upload_id: str, *, quota: int | None = None) -> AsyncIterator[OpenUpload]:
        """Lock what has arrived; what an earlier writer left in doubt is cut off."""
        upload = await self._open_in_turn(tenant, upload_id)
        # Where its length is known, its creation has looked whether there is room for all of it.
        offset = None if upload.facts.length is None else upload.facts.offset
        upload.scale = Scale(self._locks, tenant, quota, upload.opened, upload.own_name, offset=offset)
        try:
            yield upload
        finally:
            # Where no thread is free yet, a cancelled call would never be made.
            await asyncio.shield(asyncio.to_thread(upload.close))

    async def _open_in_turn(self, tenant: str, upload_id: str) -> _Upload:
        until = time.monotonic() + TURN_SECONDS
        while True:
            try:
                return await self._try_to_open(tenant, upload_id)
            except UploadBusyError:
                if time.monotonic() > until:
                    await asyncio.to_thread(self._mark, tenant, upload_id, stop_wanting)
                    raise
            await asyncio.to_thread(self._mark, tenant, upload_id, want)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _mark(self, tenant: str, upload_id: str, change: Callable[[Place, str], None]) -> None:
        with full_volume_named(), self._place(tenant, upload_id) as place:
            change(place, upload_id)

    async def _try_to_open(self, tenant: str, upload_id: str) -> _Upload:
        opening = asyncio.ensure_future(asyncio.to_thread(self._open, tenant, upload_id))
        try:
            # A thread goes on when its awaiter is cancelled: what it opens then must be closed too.
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(GraphferryError):
                (await opening).close()
            raise

    def _open(self, tenant: str, upload_id: str) -> _Upload:
        with full_volume_named(), self._place(tenant, upload_id) as place:
            facts = self._describe(place, upload_id)
            content = open_content(place.content, upload_id)
            try:
                lock(content, upload_id)
                stop_wanting(place, upload_id)
                notes = Notes.read(place.notes, upload_id)
                _require_own(content, notes, upload_id)
                if notes.trusted is not None:
                    os.ftruncate(content, notes.trusted)
                    notes = notes.change(place.notes, upload_id, trusted=None)
                facts = self._describe(place, upload_id)
                os.lseek(content, 0, os.SEEK_END)
                path = path_of(content, self._root / tenant / f".{upload_id}{CONTENT}")
                kept = Place(content=os.dup(place.content), notes=os.dup(place.notes))
                return _Upload(kept, content, facts, notes, path)
            except BaseException:
                os.close(content)
                raise

    async def remove_expired(self) -> int:
        """Look at the age of every upload."""
        return await asyncio.to_thread(self._remove_expired)

    def _remove_expired(self) -> int:
        return sum(self._remove_if_over(tenant, upload_id) for tenant, upload_id in self._find_all())

    def _find_all(self) -> set[tuple[str, str]]:
        """Find the uploads of which anything is there: one that is complete has its notes alone, for example."""
        found = {
            (path.parent.name, path.name.removesuffix(ending).removeprefix("."))
            for root, pattern, ending in (
                (self._root, f".*{CONTENT}", CONTENT),
                (self._root, f".*{_NOTES_OF_BEFORE}", _NOTES_OF_BEFORE),
                (self._root / NOTES_FOLDER, f"*{NOTES}", NOTES),
            )
            for path in find_hidden(root, pattern)
        }
        return {(tenant, upload_id) for tenant, upload_id in found if _ID.fullmatch(upload_id)}

    def _remove_if_over(self, tenant: str, upload_id: str) -> bool:
        folder, notes = self._root / tenant, self._root / NOTES_FOLDER / tenant / f"{upload_id}{NOTES}"
        content, before = folder / f".{upload_id}{CONTENT}", folder / f".{upload_id}{_NOTES_OF_BEFORE}"
        files = [content, notes, before, notes.with_name(f"{notes.name}.new"), notes.with_suffix(WANTED)]
        with suppress(OSError):
            newest = next(path for path in files if os.path.lexists(path))
            if self._is_over(newest.lstat()):
                for path in reversed(files):
                    path.unlink(missing_ok=True)
                return True
        return False


def _require_own(content: int, notes: Notes, upload_id: str) -> None:
    """Refuse to write into what is to be found elsewhere too, as only a published archive is.

    Raises: UnknownUploadError.
    """
    is_whole = notes.trusted is None and os.fstat(content).st_size == notes.length
    if has_other_names(content) and not is_whole:
        raise UnknownUploadError(upload_id)


class _Upload:
    """An upload that this process alone writes to."""

    scale: Scale

    def __init__(self, place: Place, content: int, facts: UploadFacts, notes: Notes, path: Path) -> None:
        self.facts = facts
        self._path = path
        self._place = place
        self._content = content
        self._notes = notes

    def close(self) -> None:
        for descriptor in (self._content, self._place.content, self._place.notes):
            os.close(descriptor)

    async def _do(self, work: Callable[[], _Result]) -> _Result:
        with full_volume_named():
            return await asyncio.to_thread(work)

    @asynccontextmanager
    async def open_local(self) -> AsyncIterator[Path]:
        """Give the very file."""
        yield self._path

    async def set_length(self, length: int) -> None:
        """Note it."""
        await self._note(length=length)
        self.facts = replace(self.facts, length=length)

    async def wait_until_wanted(self) -> None:
        """Look for the mark of another."""
        while not await asyncio.to_thread(is_wanted, self._place, self.facts.id):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(_PAUSE_SECONDS)

    async def write(self, content: bytes) -> None:
        """Append."""
        await self._do(lambda: _write_all(self._content, content))

    @contextmanager
    def opened(self) -> Iterator[tuple[int, int]]:
        """Give the folder, and what has arrived."""
        yield self._place.content, self._content

    @property
    def own_name(self) -> str:
        """What it is called until it is an archive."""
        return f".{self.facts.id}{CONTENT}"

    async def expect(self, more: int) -> Room | None:
        """Weigh it with what is to come."""
        return await self.scale.expect(more)

    async def grow(self, by: int) -> None:
        """Weigh it now and then."""
        await self.scale.grow(by)

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
        self._notes = await self._do(lambda: self._notes.change(self._place.notes, self.facts.id, **changes))

    async def publish(self) -> str:
        """Link it to its name, note that, and drop its own."""
        # Published by a process that died before it could note so?
        name = await self._do(lambda: find_archive(self._place.content, self._content))
        if name is None:
            await self.sync()
            name = await self.scale.publish(self._publish)
        await self._note(archive=name)
        await self._do(self._drop_own_name)
        return name

    def _publish(self) -> str:
        own, wanted = self.own_name, self.facts.name
        name = link_archive(self._content, own, wanted, self._place.content, number=self.facts.number)
        os.fsync(self._place.content)
        return name

    def _drop_own_name(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.own_name, dir_fd=self._place.content)

    async def remove(self) -> None:
        """Remove both files."""
        await self._do(lambda: remove_files(self._place, self.facts.id))


def _write_all(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
