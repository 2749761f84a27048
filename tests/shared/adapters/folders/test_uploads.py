"""An upload is locked no longer than it is written to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from shared.adapters.folders.uploads import UploadDirectory
from shared.errors import UploadBusyError
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
