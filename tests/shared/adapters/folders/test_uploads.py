"""Uploads are locked no longer than they are written to, and end well where the system refuses to write."""

from __future__ import annotations

import errno
import os
import time
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.folders.uploads import UploadDirectory
from shared.archive.limits import MIB
from shared.errors import DiskFullError, UnknownUploadError
from tests.support.clocks import set_process_clock
from tests.support.full_volumes import largest_file
from tests.support.threads import cancel_leaving


async def test_an_upload_is_free_though_its_writer_is_cancelled_before_a_thread_is_free_to_close_it(
    tmp_path: Path,
) -> None:
    uploads = UploadDirectory(tmp_path, keep_seconds=3600)
    upload_id = (await uploads.create("acme", length=1, name="a.zip", number=False)).id
    await cancel_leaving(uploads.open("acme", upload_id))
    async with uploads.open("acme", upload_id) as upload:
        assert upload.facts.id == upload_id


async def test_content_that_no_file_may_hold_is_named(tmp_path: Path) -> None:
    uploads, most = UploadDirectory(tmp_path, keep_seconds=3600), 8 * MIB
    created = await uploads.create("acme", length=most + 1, name="a.zip", number=False)
    async with uploads.open("acme", created.id) as upload:
        with largest_file(most), pytest.raises(DiskFullError, match="no file this large"):
            await upload.write(bytes(most + 1))


@pytest.mark.parametrize(
    ("call", "nth"), [("open", 1), ("open", 2), ("write", 1), ("rename", 1), ("fsync", 1), ("fsync", 2), ("fsync", 3)]
)
async def test_an_upload_that_finds_no_room_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    uploads, called, real = UploadDirectory(tmp_path, keep_seconds=3600), count(1), getattr(os, call)

    def find_no_room(*arguments: Any, **named: Any) -> Any:
        makes = call != "open" or arguments[1] & os.O_CREAT
        if makes and next(called) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, find_no_room)
        with pytest.raises(DiskFullError, match="make room"):
            await uploads.create("acme", length=1, name="a.zip", number=False)
    assert [folder for folder, _, files in os.walk(tmp_path) if files] == []


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(hours=-2)], ids=["ahead", "behind"])
async def test_an_upload_expires_by_the_clock_of_its_volume(
    tmp_path: Path, ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = UploadDirectory(tmp_path, keep_seconds=3600)
    new, old = [await uploads.create("acme", length=1, name="a.zip", number=True) for _ in range(2)]
    long_ago = time.time() - 3700
    os.utime(tmp_path / "acme" / f".{old.id}.upload", (long_ago, long_ago))
    set_process_clock(monkeypatch, ahead)
    assert (await uploads.get("acme", new.id)).expires == new.expires
    with pytest.raises(UnknownUploadError):
        await uploads.get("acme", old.id)
    assert await uploads.remove_expired() == 1
    assert (await uploads.get("acme", new.id)).offset == 0
