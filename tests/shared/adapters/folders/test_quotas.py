"""Quotas and pins in folders that others write into, and that several processes share."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from shared.adapters.folders import file_locks, locks, quotas
from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.uploads import UploadDirectory
from shared.errors import ArchivePinnedError, QuotaExceededError, UnavailableError, UnknownUploadError
from shared.ports.uploads import OpenUpload
from shared.quotas import Room


@pytest.fixture
def store(tmp_path: Path) -> ArchiveDirectory:
    (tmp_path / "acme").mkdir()
    return ArchiveDirectory(tmp_path)


async def publish(store: ArchiveDirectory, name: str, *, quota: int | None = 100, tenant: str = "acme") -> str:
    async with store.create(tenant, owner=name, quota=quota) as pending:
        pending.path.write_bytes(b"x" * 10)
        return await pending.publish(name)


async def test_whatever_lies_there_counts_once(store: ArchiveDirectory, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    (folder / "notes.txt").write_bytes(b"x" * 7)
    (folder / "a.zip").write_bytes(b"x" * 20)
    os.link(folder / "a.zip", folder / "b.zip")
    (folder / "linked.zip").symlink_to("/etc/hostname")
    (folder / "inner").mkdir()
    os.mkfifo(folder / "pipe.zip")
    assert await store.measure("acme") == 27


async def hold_lock(root: Path, tenant: str, stack: ExitStack) -> int:
    """Take a tenant's lock as another process has it."""
    (root / file_locks.LOCKS_FOLDER).mkdir(exist_ok=True)
    lock = os.open(root / file_locks.LOCKS_FOLDER / tenant, os.O_RDWR | os.O_CREAT)
    stack.callback(os.close, lock)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


async def test_a_process_that_had_the_lock_lets_one_that_waits_go_first(tmp_path: Path) -> None:
    one, other = locks.FolderLocks(tmp_path), locks.FolderLocks(tmp_path)
    told: list[str] = []
    begun, is_next = threading.Event(), threading.Event()

    def hold_on() -> None:
        begun.set()
        assert is_next.wait(20)
        told.append("one")

    works = [hold_on, *[lambda: told.append("one")] * 3]
    ones = [asyncio.create_task(one.hold("acme", work)) for work in works]
    assert await asyncio.to_thread(begun.wait, 20)
    waiting = asyncio.create_task(other.hold("acme", lambda: told.append("other")))
    while not is_locked(tmp_path / file_locks.LOCKS_FOLDER / ".next.acme"):  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.001)
    is_next.set()
    await asyncio.gather(*ones, waiting)
    assert told == ["one", "other", "one", "one", "one"]


def is_locked(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def test_who_waits_for_a_lock_goes_on_when_it_is_free(store: ArchiveDirectory, tmp_path: Path) -> None:
    with ExitStack() as stack:
        lock = await hold_lock(tmp_path, "acme", stack)
        waiting = asyncio.create_task(publish(store, "a.zip"))
        assert await publish(store, "a.zip", tenant="globex") == "a.zip"
        assert await publish(store, "free.zip", quota=None) == "free.zip"
        assert not waiting.done()
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert await waiting == "a.zip"


async def test_a_lock_that_never_comes_is_told(
    store: ArchiveDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "WAIT_SECONDS", 0.05)
    with ExitStack() as stack:
        await hold_lock(tmp_path, "acme", stack)
        with pytest.raises(UnavailableError, match=r"tenant 'acme'.*try again later"):
            await publish(store, "a.zip")
    assert list((tmp_path / "acme").iterdir()) == []


async def test_who_stops_waiting_leaves_nothing(store: ArchiveDirectory, tmp_path: Path) -> None:
    with ExitStack() as stack:
        await hold_lock(tmp_path, "acme", stack)
        waiting = asyncio.create_task(publish(store, "a.zip"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert list((tmp_path / "acme").iterdir()) == []
    assert await publish(store, "a.zip") == "a.zip"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_volume_lets_archives_go(
    store: ArchiveDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    for name in ("a.zip", "b.zip"):
        (tmp_path / "acme" / name).write_bytes(b"x")
    await store.set_pinned("acme", "b.zip", pinned=True)
    real = os.open

    def refuse_new(path: object, flags: int, *args: int, **named: int | None) -> int:
        if flags & os.O_CREAT:
            raise OSError(code, "full")
        return real(path, flags, *args, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse_new)
        await store.delete("acme", "a.zip")
        with pytest.raises(ArchivePinnedError):
            await store.delete("acme", "b.zip")
        await store.set_pinned("acme", "b.zip", pinned=False)
        await store.delete("acme", "b.zip")
    assert list((tmp_path / "acme").iterdir()) == []


async def test_a_pin_is_no_stray_and_goes_when_others_removed_its_archive(
    store: ArchiveDirectory, tmp_path: Path
) -> None:
    await publish(store, "a.zip")
    await store.set_pinned("acme", "a.zip", pinned=True)
    assert await store.list_strays("acme") == []
    assert await publish(store, "a.zip") == "a-2.zip"
    assert (await store.get("acme", "a.zip")).pinned
    (tmp_path / "acme" / "a.zip").unlink()
    assert await publish(store, "a.zip") == "a.zip"
    assert not (await store.get("acme", "a.zip")).pinned


async def test_the_longest_name_can_be_pinned(store: ArchiveDirectory) -> None:
    name = "ä" * 98 + ".zip"
    await publish(store, name)
    assert (await store.set_pinned("acme", name, pinned=True)).pinned


async def test_nobody_comes_between_the_weighing_and_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme").mkdir()
    stores = [ArchiveDirectory(tmp_path) for _ in range(5)]
    all_written, real = asyncio.Barrier(len(stores)), quotas.measure

    def measure_slowly(folder: int, **named: os.stat_result | None) -> int:
        found = real(folder, **named)
        time.sleep(0.05)
        return found

    async def publish_with_the_others(store: ArchiveDirectory, name: str) -> str | None:
        async with store.create("acme", owner=name, quota=35) as pending:
            pending.path.write_bytes(b"x" * 10)
            await all_written.wait()
            with suppress(QuotaExceededError):
                return await pending.publish(name)
            return None

    monkeypatch.setattr(quotas, "measure", measure_slowly)
    told = await asyncio.gather(*(publish_with_the_others(each, f"{at}.zip") for at, each in enumerate(stores)))
    assert sorted(each for each in told if each) == sorted(path.name for path in (tmp_path / "acme").iterdir())
    assert len([each for each in told if each]) == 3


class Looks:
    """Counts how often a folder is looked through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number, self._real = 0, quotas.measure
        monkeypatch.setattr(quotas, "measure", self._count)

    def _count(self, folder: int, **named: os.stat_result | None) -> int:
        self.number += 1
        return self._real(folder, **named)


MIB, GIB = 1024**2, 1024**3


@pytest.mark.parametrize(("quota", "looks"), [(GIB, 61), (4 * GIB, 29), (200 * GIB, 1)])
async def test_the_more_is_left_the_less_often_a_growing_file_is_weighed(
    store: ArchiveDirectory, monkeypatch: pytest.MonkeyPatch, quota: int, looks: int
) -> None:
    counted = Looks(monkeypatch)
    async with store.create("acme", owner="job-1", quota=quota) as pending:
        with pending.path.open("wb") as file:
            for mib in range(1, 1025):
                file.truncate(mib * MIB)
                await pending.grow(MIB)
    assert counted.number == looks


async def test_however_much_was_left_a_file_is_weighed_when_it_has_taken_a_hundredth(
    store: ArchiveDirectory, tmp_path: Path
) -> None:
    async with store.create("acme", owner="job-1", quota=100 * GIB) as pending:
        await pending.expect(0)
        with (tmp_path / "acme" / "other.zip").open("wb") as other:
            other.truncate(100 * GIB)
        with pending.path.open("wb", buffering=0) as file:
            file.truncate(GIB)
            await pending.grow(GIB)
            file.truncate(GIB + 1)
            with pytest.raises(QuotaExceededError):
                await pending.grow(1)


async def test_a_part_that_a_dead_process_left_does_not_count(store: ArchiveDirectory, tmp_path: Path) -> None:
    (tmp_path / "acme" / ".job-1.1.part").write_bytes(b"x" * 95)
    async with store.create("acme", owner="job-1.2", quota=100) as pending:
        room = await pending.expect(60)
        assert room == Room(quota=100, there=0)
        pending.path.write_bytes(b"x" * 60)
        with pytest.raises(QuotaExceededError, match="60 are there, and 41 more"):
            async with store.create("acme", owner="job-2.1", quota=100) as other:
                await other.expect(41)
        assert await pending.publish("a.zip") == "a.zip"
    assert await store.measure("acme") == 60
    assert await store.remove_abandoned() == 1


async def begin(uploads: UploadDirectory, length: int | None) -> str:
    return (await uploads.create("acme", length=length, name="a.zip", number=True)).id


async def send(upload: OpenUpload, size: int) -> None:
    await upload.write(b"x" * size)
    await upload.grow(size)


async def test_an_upload_in_pieces_counts_and_keeps_to_the_quota(store: ArchiveDirectory, tmp_path: Path) -> None:
    uploads = UploadDirectory(tmp_path, keep_seconds=60)
    first, second = await begin(uploads, 60), await begin(uploads, None)
    async with uploads.open("acme", first, quota=100) as upload:
        await upload.expect(60)
        await send(upload, 60)
        with pytest.raises(QuotaExceededError, match="60 are there, and 41 more"):
            async with uploads.open("acme", second, quota=100) as other:
                await other.expect(41)
        assert await store.measure("acme") == 60
        assert await upload.publish() == "a.zip"
    with pytest.raises(UnknownUploadError):
        await uploads.get("acme", second)


async def test_an_upload_that_a_dead_process_published_is_not_weighed_again(
    store: ArchiveDirectory, tmp_path: Path
) -> None:
    uploads = UploadDirectory(tmp_path, keep_seconds=60)
    upload_id = await begin(uploads, 60)
    async with uploads.open("acme", upload_id) as upload:
        await send(upload, 60)
    os.link(tmp_path / "acme" / f".{upload_id}.upload", tmp_path / "acme" / "a.zip")
    async with uploads.open("acme", upload_id, quota=1) as upload:
        assert await upload.publish() == "a.zip"
    assert [each.name for each in await store.list_archives("acme")] == ["a.zip"]
