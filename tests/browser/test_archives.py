"""Tests of the archives in the page."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page

from tests.browser.watching import enter, key_of
from tests.support.archives.small import make_archive
from tests.support.stacks.stacks import Stack

CONTENT = make_archive("MyApp")


async def test_a_download_is_the_archive(page: Page, stack: Stack) -> None:
    key = key_of(stack)
    url = f"{stack.ready['gateway']}/api/v1/archives/downloaded.zip"
    stored = await page.request.put(url, data=CONTENT, headers={"X-API-KEY": key, "Content-Type": "application/zip"})
    assert stored.status == 201
    await enter(page, stack, key, "/archives")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Download downloaded.zip").click()
    download = await coming.value
    assert "/files/" in download.url  # from there to disk, not through the memory of the page
    assert download.suggested_filename == "downloaded.zip"
    path = Path(await download.path())
    assert await asyncio.to_thread(path.read_bytes) == CONTENT
