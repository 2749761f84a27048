"""Whatever a tenant puts into its folder: nothing of ours follows it out, waits for it, or fails by it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.folders import archives
from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.uploads import UploadDirectory
from shared.errors import TransferError, UnknownUploadError

SECRET = b"another tenant's"
LENGTH = 4

Odd = Callable[[Path, Path], None]
"""Makes something odd under the first path; the second is a file of another tenant's."""


def make_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def make_folder(path: Path, _: Path) -> None:
    path.mkdir()
    (path / "inside").write_bytes(b"x")


def make_socket(path: Path, _: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


def make_link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def make_relative_link(path: Path, victim: Path) -> None:
    path.symlink_to(Path("..") / victim.parent.name / victim.name)


def make_folder_link(path: Path, victim: Path) -> None:
    path.symlink_to(victim.parent)


def make_dangling_link(path: Path, _: Path) -> None:
    path.symlink_to("nowhere")


def make_loop(path: Path, _: Path) -> None:
    path.symlink_to(path.name)


def make_device_link(path: Path, _: Path) -> None:
    path.symlink_to("/dev/zero")


ODD = [
    make_pipe,
    make_folder,
    make_socket,
    make_link,
    make_relative_link,
    make_folder_link,
    make_dangling_link,
    make_loop,
    make_device_link,
]
odd_things = pytest.mark.parametrize("make_odd", ODD, ids=lambda each: each.__name__.removeprefix("make_"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "acme").mkdir()
    (tmp_path / "globex").mkdir()
    return tmp_path


@pytest.fixture
def victim(root: Path) -> Iterator[Path]:
    """An archive of another tenant's, which is the same afterwards."""
    path = root / "globex" / "theirs.zip"
    path.write_bytes(SECRET)
    yield path
    assert path.read_bytes() == SECRET
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.fixture
def store(root: Path) -> ArchiveDirectory:
    return ArchiveDirectory(root)


@pytest.fixture
def uploads(root: Path) -> UploadDirectory:
    return UploadDirectory(root, keep_seconds=3600)


class TestParts:
    @odd_things
    async def test_what_takes_the_name_of_a_part_is_not_written_to(
        self, store: ArchiveDirectory, root: Path, victim: Path, make_odd: Odd
    ) -> None:
        part = root / "acme" / ".job-1.part"
        async with asyncio.timeout(20), store.create("acme", owner="job-1") as pending:
            part.rename(part.with_name("moved"))
            make_odd(part, victim)
            with pending.path.open("wb") as file:
                file.write(b"mine")
            assert await pending.publish("a.zip") == "a.zip"
        assert (root / "acme" / "a.zip").read_bytes() == b"mine"

    async def test_another_file_under_its_name_is_not_published(self, store: ArchiveDirectory, root: Path) -> None:
        part = root / "acme" / ".job-1.part"
        async with store.create("acme", owner="job-1") as pending:
            pending.path.write_bytes(b"mine")
            part.rename(part.with_name("moved"))
            part.write_bytes(b"theirs")
            await pending.publish("a.zip")
        assert (root / "acme" / "a.zip").read_bytes() == b"mine"

    async def test_one_that_was_removed_says_so(self, store: ArchiveDirectory, root: Path) -> None:
        async with store.create("acme", owner="job-1") as pending:
            pending.path.write_bytes(b"mine")
            (root / "acme" / ".job-1.part").unlink()
            with pytest.raises(TransferError, match="was removed from the archive folder"):
                await pending.publish("a.zip")
        assert list((root / "acme").iterdir()) == []

    @odd_things
    async def test_what_only_looks_like_one_stops_no_sweep(
        self, store: ArchiveDirectory, root: Path, victim: Path, make_odd: Odd
    ) -> None:
        make_odd(root / "acme" / ".a.part", victim)
        (root / "acme" / ".b.part").write_bytes(b"of a dead process")
        async with asyncio.timeout(20):
            assert await store.remove_abandoned() == 1
            assert await store.list_proofs("acme") == []


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory, which keeps times that disks cut."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as root:
        yield Path(root)


class TestLists:
    @odd_things
    async def test_what_is_no_file_is_passed_over(
        self, store: ArchiveDirectory, root: Path, victim: Path, make_odd: Odd
    ) -> None:
        make_odd(root / "acme" / "odd.zip", victim)
        (root / "acme" / "good.zip").write_bytes(b"x")
        async with asyncio.timeout(20):
            assert [each.name for each in await store.list_archives("acme")] == ["good.zip"]

    async def test_names_that_no_upload_may_have_are_passed_over(self, store: ArchiveDirectory, root: Path) -> None:
        names = [
            b"\xff.zip",
            b"a\nb.zip",
            b"\x1b[2J.zip",
            b"x" * 201 + b".zip",
            b"a\\b.zip",
            b"no",
        ]
        for name in names:
            (root / "acme" / os.fsdecode(name)).write_bytes(b"x")
        (root / "acme" / "good.zip").write_bytes(b"x")
        assert [each.name for each in await store.list_archives("acme")] == ["good.zip"]

    @pytest.mark.parametrize("seconds", [2**40, 2**60, -(2**40)])
    async def test_a_time_that_no_calendar_holds_does_no_harm(self, memory: Path, seconds: int) -> None:
        path = memory / "acme" / "a.zip"
        path.parent.mkdir()
        path.write_bytes(b"x")
        os.utime(path, (seconds, seconds))
        (listed,) = await ArchiveDirectory(memory).list_archives("acme")
        assert listed == await ArchiveDirectory(memory).get("acme", "a.zip")
        assert 1 <= listed.modified.year <= 9999

    async def test_one_that_goes_meanwhile_takes_no_other_with_it(
        self, store: ArchiveDirectory, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("a.zip", "b.zip", "c.zip"):
            (root / "acme" / name).write_bytes(b"x")
        is_archive = archives._is_archive

        def judge_late(entry: os.DirEntry[str]) -> bool:
            found = is_archive(entry)
            if entry.name == "b.zip":
                Path(root / "acme" / "b.zip").unlink()
            return found

        monkeypatch.setattr(archives, "_is_archive", judge_late)
        assert [each.name for each in await store.list_archives("acme")] == ["a.zip", "c.zip"]


async def begin(uploads: UploadDirectory) -> str:
    return (await uploads.create("acme", length=LENGTH, name="mine.zip", number=True)).id


async def require_unknown(uploads: UploadDirectory, upload_id: str) -> None:
    async with asyncio.timeout(20):
        with pytest.raises(UnknownUploadError):
            await uploads.get("acme", upload_id)
        with pytest.raises(UnknownUploadError):
            async with uploads.open("acme", upload_id) as upload:
                await upload.write(b"x")
        await uploads.remove_expired()


def content_of(root: Path, upload_id: str) -> Path:
    return root / "acme" / f".{upload_id}.upload"


def notes_of(root: Path, upload_id: str) -> Path:
    return root / ".uploads" / "acme" / f"{upload_id}.json"


GOOD: dict[str, Any] = {"length": LENGTH, "name": "mine.zip", "number": True, "trusted": None, "archive": None}
LEADING_OUT = ["../globex/a.zip", "/tmp/a.zip", "..\\a.zip", "sub/a.zip"]
FORGED: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b"7",
    b"not JSON",
    b"\xff\xfe",
    b"[" * 60_000,
    b'{"a":' * 10_000,
    json.dumps({"length": 1}).encode(),
    json.dumps({**GOOD, "more": 1}).encode(),
    json.dumps(GOOD).encode() + b" " * 70_000 + b"x",
    *(json.dumps({**GOOD, "length": each}).encode() for each in ["4", -1, 1.5, True, 2**63, float("inf")]),
    json.dumps({**GOOD, "length": None, "archive": "mine.zip"}).encode(),
    *(json.dumps({**GOOD, "trusted": each}).encode() for each in ["0", -1, 2**63, False, []]),
    *(json.dumps({**GOOD, "number": each}).encode() for each in [1, "yes", None]),
    *(json.dumps({**GOOD, "name": each}).encode() for each in [*LEADING_OUT, 7, None, "", "a.txt", "a\n.zip"]),
    *(json.dumps({**GOOD, "name": each}).encode() for each in ["\ud800.zip", "x" * 300 + ".zip"]),
    json.dumps({**GOOD, "name": "UPLOAD-0199f0c2-0000-7000-8000-000000000001.zip"}).encode(),
    *(json.dumps({**GOOD, "archive": each}).encode() for each in [*LEADING_OUT, 7, "\ud800.zip", "a\r\nB: c.zip"]),
]


class TestUploads:
    async def test_no_notes_of_a_tenants_making_are_read(
        self, uploads: UploadDirectory, root: Path, victim: Path
    ) -> None:
        upload_id = await begin(uploads)
        forged = {**GOOD, "name": "../globex/a.zip"}
        for name in (f".{upload_id}.upload.json", f".{upload_id}.json", f"{upload_id}.json"):
            (root / "acme" / name).write_text(json.dumps(forged))
        async with uploads.open("acme", upload_id) as upload:
            await upload.write(b"mine")
            assert await upload.publish() == "mine.zip"
        assert (root / "acme" / "mine.zip").read_bytes() == b"mine"

    @pytest.mark.parametrize("forged", FORGED, ids=lambda each: repr(each[:60]))
    async def test_forged_notes_are_none(
        self, uploads: UploadDirectory, root: Path, victim: Path, forged: bytes
    ) -> None:
        upload_id = await begin(uploads)
        notes_of(root, upload_id).write_bytes(forged)
        await require_unknown(uploads, upload_id)
        assert (await uploads.get("acme", await begin(uploads))).offset == 0

    @odd_things
    async def test_odd_notes_are_none(self, uploads: UploadDirectory, root: Path, victim: Path, make_odd: Odd) -> None:
        upload_id = await begin(uploads)
        notes_of(root, upload_id).unlink()
        make_odd(notes_of(root, upload_id), victim)
        await require_unknown(uploads, upload_id)

    @odd_things
    async def test_odd_content_is_none(self, uploads: UploadDirectory, root: Path, victim: Path, make_odd: Odd) -> None:
        upload_id = await begin(uploads)
        content_of(root, upload_id).unlink()
        make_odd(content_of(root, upload_id), victim)
        await require_unknown(uploads, upload_id)

    @pytest.mark.parametrize("trusted", [None, 0, 3])
    async def test_content_that_is_another_file_too_is_neither_cut_nor_written_to(
        self, uploads: UploadDirectory, root: Path, victim: Path, trusted: int | None
    ) -> None:
        upload_id = await begin(uploads)
        notes_of(root, upload_id).write_text(json.dumps({**GOOD, "length": 1000, "trusted": trusted}))
        content_of(root, upload_id).unlink()
        os.link(victim, content_of(root, upload_id))
        async with asyncio.timeout(20):
            with pytest.raises(UnknownUploadError):
                async with uploads.open("acme", upload_id) as upload:
                    await upload.write(b"x")

    async def test_what_takes_the_name_of_open_content_is_not_published(
        self, uploads: UploadDirectory, root: Path, victim: Path
    ) -> None:
        upload_id = await begin(uploads)
        async with uploads.open("acme", upload_id) as upload:
            await upload.write(b"mine")
            content_of(root, upload_id).rename(root / "acme" / "moved")
            content_of(root, upload_id).symlink_to(victim)
            assert await upload.publish() == "mine.zip"
        assert (root / "acme" / "mine.zip").read_bytes() == b"mine"

    async def test_a_name_that_no_archive_may_have_is_not_told(self, uploads: UploadDirectory, root: Path) -> None:
        upload_id = await begin(uploads)
        async with uploads.open("acme", upload_id) as upload:
            await upload.write(b"mine")
            os.link(content_of(root, upload_id), root / "acme" / "a\nX-Evil: 1")
            assert await upload.publish() == "mine.zip"

    async def test_content_of_the_far_future_is_over(self, uploads: UploadDirectory, root: Path) -> None:
        upload_id = await begin(uploads)
        far = time.time() + 10 * 365 * 86_400
        os.utime(content_of(root, upload_id), (far, far))
        with pytest.raises(UnknownUploadError):
            await uploads.get("acme", upload_id)
        assert await uploads.remove_expired() == 1
        assert not content_of(root, upload_id).exists()
        assert not notes_of(root, upload_id).exists()

    async def test_notes_of_before_go_with_time(self, uploads: UploadDirectory, root: Path) -> None:
        upload_id = await begin(uploads)
        notes_of(root, upload_id).unlink()
        content_of(root, upload_id).unlink()
        before = root / "acme" / f".{upload_id}.upload.json"
        before.write_text(json.dumps(GOOD))
        assert await uploads.remove_expired() == 0
        os.utime(before, (1, 1))
        assert await uploads.remove_expired() == 1
        assert not before.exists()
