"""The archive folders trust nothing that lies in them."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.folders import archives, parts
from shared.adapters.folders.archives import ArchiveDirectory
from shared.errors import AmbiguousNameError, ConflictError, DiskFullError, InvalidRequestError, UnknownArchiveError
from tests.support.threads import cancel_leaving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "acme"
    path.mkdir()
    return path


@pytest.fixture
def store(tmp_path: Path) -> ArchiveDirectory:
    return ArchiveDirectory(tmp_path)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def refuses(store: ArchiveDirectory, name: str) -> None:
    with pytest.raises(UnknownArchiveError):
        await store.get("acme", name)
    with pytest.raises(UnknownArchiveError):
        await store.delete("acme", name)
    assert name not in [each.name for each in await store.list_archives("acme")]


async def test_links_are_not_followed(store: ArchiveDirectory, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("another tenant's")
    (folder / "link.zip").symlink_to(tmp_path / "secret")
    await refuses(store, "link.zip")
    with pytest.raises(UnknownArchiveError, match="symbolic link, which is not followed"):
        await store.get("acme", "link.zip")
    with pytest.raises(UnknownArchiveError, match="symbolic link, which is not followed"):
        async with store.open_local("acme", "link.zip"):
            pass
    assert (tmp_path / "secret").exists()


async def test_folders_and_pipes_are_no_archives(store: ArchiveDirectory, folder: Path) -> None:
    (folder / "folder.zip").mkdir()
    os.mkfifo(folder / "pipe.zip")
    for name in ("folder.zip", "pipe.zip"):
        await asyncio.wait_for(refuses(store, name), 20)


async def test_the_folder_itself_may_be_a_link(store: ArchiveDirectory, tmp_path: Path) -> None:
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume" / "a.zip").write_bytes(b"x")
    (tmp_path / "globex").symlink_to(tmp_path / "volume")
    assert (await store.get("globex", "a.zip")).bytes == 1
    await store.add_folder("globex")
    await store.drop_folder("globex")
    assert (tmp_path / "globex").is_symlink()


async def test_files_keep_their_spelling_and_are_found_by_any(store: ArchiveDirectory, folder: Path) -> None:
    (folder / "Cafe\u0301.zip").write_bytes(b"of another system")
    assert [each.name for each in await store.list_archives("acme")] == ["Cafe\u0301.zip"]
    assert (await store.get("acme", "Caf\u00e9.zip")).name == "Cafe\u0301.zip"
    async with store.create("acme", owner="job-1") as pending:
        assert await pending.publish("Caf\u00e9.zip") == "Caf\u00e9-2.zip"
    await store.delete("acme", "Caf\u00e9.zip")
    assert names_in(folder) == ["Caf\u00e9-2.zip"]


async def test_of_two_spellings_the_one_that_was_sent_is_meant(store: ArchiveDirectory, folder: Path) -> None:
    one, other, third = "\u1e69.zip", "\u1e63\u0307.zip", "s\u0323\u0307.zip"
    for name in (one, other):
        (folder / name).write_text(name)
    for name in (one, other):
        async with store.open_local("acme", name) as path:
            assert path.read_text() == name
    with pytest.raises(AmbiguousNameError, match=r"u1e63\\u0307.zip', '\\u1e69.zip"):
        await store.get("acme", third)
    with pytest.raises(AmbiguousNameError):
        await store.delete("acme", third)
    assert names_in(folder) == sorted([one, other])


async def test_a_tenants_folder_is_made_and_removed(store: ArchiveDirectory, tmp_path: Path) -> None:
    await store.add_folder("globex")
    (tmp_path / "globex" / "dropped.txt").write_text("somebody's")
    await store.drop_folder("globex")
    assert names_in(tmp_path / "globex") == ["dropped.txt"]
    (tmp_path / "globex" / "dropped.txt").unlink()
    await store.drop_folder("globex")
    assert names_in(tmp_path) == []


async def test_an_open_archive_stays_readable(store: ArchiveDirectory, folder: Path) -> None:
    (folder / "a.zip").write_bytes(b"before")
    async with store.open_local("acme", "a.zip") as path:
        await store.delete("acme", "a.zip")
        (folder / "a.zip").write_bytes(b"after")
        assert path.read_bytes() == b"before"


async def test_files_dropped_by_others_are_listed_parts_are_not(store: ArchiveDirectory, folder: Path) -> None:
    (folder / "dropped.zip").write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"x")
    async with store.create("acme", owner="job-1"):
        assert [each.name for each in await store.list_archives("acme")] == ["dropped.zip"]


async def test_a_part_of_a_dead_holder_is_replaced_even_if_it_is_a_link(
    store: ArchiveDirectory, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "target").write_text("keep")
    (folder / ".job-1.part").symlink_to(tmp_path / "target")
    async with store.create("acme", owner="job-1") as pending:
        pending.path.write_bytes(b"mine")
        await pending.publish("a.zip")
    assert (tmp_path / "target").read_text() == "keep"
    assert (folder / "a.zip").read_bytes() == b"mine"


async def test_publishing_at_once_gives_every_file_a_name(store: ArchiveDirectory) -> None:
    async def publish(number: int) -> str:
        async with store.create("acme", owner=f"job-{number}") as pending:
            pending.path.write_text(str(number))
            return await pending.publish("a.zip")

    names = await asyncio.gather(*map(publish, range(10)))
    assert sorted(names) == sorted(["a.zip", *(f"a-{number}.zip" for number in range(2, 11))])


async def test_the_parts_of_dead_processes_are_removed_those_of_living_ones_kept(
    store: ArchiveDirectory, folder: Path, tmp_path: Path
) -> None:
    script = """
import asyncio, sys
from pathlib import Path
from shared.adapters.folders import archives, parts
from shared.adapters.folders.archives import ArchiveDirectory
async def hold():
    async with ArchiveDirectory(Path(sys.argv[1])).create("acme", owner="other"):
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(hold())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(tmp_path), stdout=PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    (folder / "kept.zip").write_bytes(b"x")
    async with store.create("acme", owner="mine") as pending:
        assert await store.remove_abandoned() == 0
        process.kill()
        await process.wait()
        assert await store.remove_abandoned() == 1
        await pending.publish("mine.zip")
    assert names_in(folder) == ["kept.zip", "mine.zip"]


async def test_a_part_that_nobody_waits_for_any_more_goes_too(
    store: ArchiveDirectory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, abandoned, begin = threading.Event(), threading.Event(), parts.begin_part

    def begin_late(part: Path) -> int:
        begun.set()
        assert abandoned.wait(10)
        return begin(part)

    async def write() -> None:
        async with store.create("acme", owner="job-1"):
            raise AssertionError("cancelled before")

    monkeypatch.setattr(archives, "begin_part", begin_late)
    writing = asyncio.create_task(write())
    await asyncio.to_thread(begun.wait, 10)
    writing.cancel()
    abandoned.set()
    await asyncio.wait({writing})
    assert writing.cancelled()
    assert names_in(folder) == []


async def test_a_part_goes_though_its_writer_is_cancelled_before_a_thread_is_free_to_drop_it(
    store: ArchiveDirectory, folder: Path
) -> None:
    await cancel_leaving(store.create("acme", owner="job-1"))
    async with asyncio.timeout(20):
        while names_in(folder):  # noqa: ASYNC110 - nothing tells of a file
            await asyncio.sleep(0.01)


async def test_a_proof_outlives_its_process(store: ArchiveDirectory, folder: Path) -> None:
    async with store.create("acme", owner="job-1.7") as pending:
        pending.path.write_bytes(b"one")
        await pending.publish("a.zip", prove=True)
    assert await store.remove_abandoned() == 0
    assert names_in(folder) == [".job-1.7.part", "a.zip"]


async def test_a_full_volume_is_named_and_leaves_no_part(store: ArchiveDirectory, folder: Path) -> None:
    with pytest.raises(DiskFullError):
        async with store.create("acme", owner="job-1"):
            Path("/dev/full").write_bytes(b"x")  # noqa: ASYNC240 - a byte
    assert names_in(folder) == []


async def test_other_errors_are_not_taken_for_a_full_volume(store: ArchiveDirectory) -> None:
    with pytest.raises(OSError, match="denied") as raised:
        async with store.create("acme", owner="job-1"):
            raise OSError(errno.EACCES, "denied")
    assert raised.value.errno == errno.EACCES


async def test_a_tenant_is_one_safe_segment(store: ArchiveDirectory) -> None:
    for tenant in ("..", "a/b", ""):
        with pytest.raises(InvalidRequestError):
            await store.list_archives(tenant)


async def test_a_folder_is_no_pin(store: ArchiveDirectory, folder: Path) -> None:
    (folder / ".a.zip.pin").mkdir()
    async with store.create("acme", owner="job-1") as pending:
        pending.path.write_bytes(b"one")
        assert await pending.publish("a.zip") == "a.zip"
    assert [each.pinned for each in (await store.get("acme", "a.zip"), *await store.list_archives("acme"))] == [
        False
    ] * 2
    with pytest.raises(ConflictError, match=r"'\.a\.zip\.pin'"):
        await store.set_pinned("acme", "a.zip", pinned=True)
    assert not (await store.set_pinned("acme", "a.zip", pinned=False)).pinned
    await store.delete("acme", "a.zip")


async def test_a_proof_of_a_long_name_goes(store: ArchiveDirectory, folder: Path) -> None:
    async with store.create("acme", owner="job-1") as pending:
        await pending.publish("a.zip", prove=True)
    (folder / "a.zip").rename(folder / f"{'a' * 251}.zip")
    for proof in await store.list_proofs("acme"):
        await store.drop_proof("acme", proof, with_archive=True)
    assert await store.list_proofs("acme") == []


async def test_a_cancel_while_publishing_leaves_the_proof(
    store: ArchiveDirectory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked, may_end = threading.Event(), threading.Event()
    link = archives.link_archive

    def link_slowly(*words: Any, **options: Any) -> str:
        name = link(*words, **options)
        linked.set()
        may_end.wait(30)
        return name

    monkeypatch.setattr(archives, "link_archive", link_slowly)

    async def publish() -> None:
        async with store.create("acme", owner="job-1", quota=1000) as pending:
            await pending.publish("a.zip", prove=True)

    publishing = asyncio.ensure_future(publish())
    await asyncio.to_thread(linked.wait, 30)
    publishing.cancel()
    await asyncio.sleep(0.1)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await publishing
    assert [each.name for each in await store.list_proofs("acme")] == ["a.zip"]
