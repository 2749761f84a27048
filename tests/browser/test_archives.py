"""Tests of the archives in the page."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.watching import enter, judge_accessibility, key_of
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


@pytest.mark.folder("a link is a stray that only a folder has")
async def test_strays_are_listed_and_removed(page: Page, stack: Stack) -> None:
    linked = stack.path("linked.zip")
    linked.symlink_to("/nowhere")
    await enter(page, stack, key_of(stack), "/archives")
    strays = page.get_by_role("region", name="Not archives")
    await expect(strays.get_by_role("row").filter(has_text="linked.zip")).to_contain_text("A link")
    await strays.get_by_role("button", name="Remove linked.zip").click()
    dialog = page.get_by_role("dialog", name="Remove this?")
    await expect(dialog).to_contain_text("What it leads to stays.")
    assert await judge_accessibility(page) == []
    await dialog.get_by_role("button", name="Remove").click()
    await expect(strays).to_have_count(0)
    assert not linked.is_symlink()


async def test_a_pinned_archive_says_so_and_stays(page: Page, stack: Stack) -> None:
    key = key_of(stack)
    url = f"{stack.ready['gateway']}/api/v1/archives/kept.zip"
    stored = await page.request.put(url, data=CONTENT, headers={"X-API-KEY": key, "Content-Type": "application/zip"})
    assert stored.status == 201
    await enter(page, stack, key, "/archives")
    row = page.get_by_role("row").filter(has_text="kept.zip")
    await page.get_by_role("button", name="Pin kept.zip", exact=True).click()
    await expect(row).to_contain_text("Pinned")
    assert await judge_accessibility(page) == []
    deletion = page.get_by_role("button", name="Delete kept.zip")
    await expect(deletion).to_have_count(0)
    await page.get_by_role("button", name="Unpin kept.zip").click()
    await expect(row).not_to_contain_text("Pinned")
    await expect(deletion).to_be_visible()
