"""Uploads are locked no longer than they are written to, and end well where the system refuses to write."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.folders.uploads import UploadDirectory
from shared.archive.limits import MIB
from shared.errors import DiskFullError, UploadBusyError
from tests.support.threads import cancel_leaving


async def test_an_upload_is_free_though_its_writer_is_cancelled_before_a_thread_is_free_to_close_it(
    tmp_path: Path,
) -> None:
    uploads = UploadDirectory(tmp_path, keep_seconds=3600)
    upload_id = (await uploads.create("acme", length=1, name="a.zip", number=False)).id
    await cancel_leaving(uploads.open("acme", upload_id))
    async with asyncio.timeout(10):
        while not await can_open(uploads, upload_id):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)


async def can_open(uploads: UploadDirectory, upload_id: str) -> bool:
    try:
        async with uploads.open("acme", upload_id):
            return True
    except UploadBusyError:
        return False


@pytest.fixture
def largest_file() -> Iterator[int]:
    """How many bytes the system lets this process write into a file, for as long as the test runs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * MIB, hard))
    yield 8 * MIB
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_content_that_no_file_may_hold_is_named(tmp_path: Path, largest_file: int) -> None:
    uploads = UploadDirectory(tmp_path, keep_seconds=3600)
    created = await uploads.create("acme", length=largest_file + 1, name="a.zip", number=False)
    async with uploads.open("acme", created.id) as upload:
        with pytest.raises(DiskFullError, match="no file this large"):
            await upload.write(bytes(largest_file + 1))
