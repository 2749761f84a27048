"""Tests that the pages on which things move can be used by everybody, in light and dark, wide and narrow."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.forms import archives_chosen, choose, dialog_of
from tests.browser.scenes import bring
from tests.browser.watching import Watch, enter, go, judge_accessibility
from tests.support.archives.small import make_archive
from tests.support.stacks.stacks import Stack

WIDE = ViewportSize(width=1280, height=800)
NARROW = ViewportSize(width=360, height=740)
NONSENSE = re.compile(r"\b(NaN|undefined|null|object Object)\b")
"""What a value looks like that the page did not understand."""
IMPORT = "/import?tenant=acme&database=source"


@pytest.fixture(scope="module", autouse=True)
async def filled(stack: Stack) -> None:
    """An application that was imported, and granted."""
    await bring(stack, "First")
    grant = {"database": "source", "application": "First", "user": "user"}
    assert stack.request("POST", "/api/v1/grants", grant).status == 201


async def show_import(page: Page, folder: Path) -> AsyncIterator[str]:
    """Show archives that are ready, and one that is refused."""
    files = [folder / name for name in ("a rather long name of an archive-2026-11-25.zip", "short.zip")]
    for file in files:
        file.write_bytes(await asyncio.to_thread(make_archive, "First", "Second"))
    await go(page, IMPORT)
    await archives_chosen(page, files)
    refused = folder / "refused.zip"
    refused.write_bytes(b"not a ZIP")
    await choose(page, [refused])
    await expect(page.get_by_role("alert")).to_be_visible()
    yield "import"


async def show_pages(page: Page) -> AsyncIterator[str]:
    """Show the others, as they are when something is there."""
    for where, button in (
        ("/export", "Export"),
        ("/archives", "Reload"),
        ("/archives/First.zip", "Download"),
        ("/access", "New user"),
        ("/access/keys", None),
        ("/access/grants", "Grant access"),
        ("/tenants", "New tenant"),
    ):
        await go(page, f"{where}?tenant=acme&database=source")
        if button is not None:
            await expect(page.get_by_role("button", name=button).first).to_be_visible()
        await expect(page.get_by_role("main").locator(".loading")).to_have_count(0)
        yield where.strip("/").replace("/", "-")


async def show_dialogs(page: Page) -> AsyncIterator[str]:
    """Show what opens over them."""
    for where, button, title in (
        ("/access", "New user", "New user"),
        ("/access", "New key for user", "New key for user"),
        ("/access/grants", "Grant access", "Grant access to which application?"),
        ("/tenants", "New tenant", "New tenant"),
        ("/archives", "Delete First.zip", "Delete this archive?"),
    ):
        await go(page, f"{where}?tenant=acme&database=source")
        await page.get_by_role("button", name=button, exact=True).click()
        await expect(dialog_of(page, title).locator(".loading")).to_have_count(0)
        yield f"dialog-{title}"
        await page.keyboard.press("Escape")
        await expect(dialog_of(page, title)).to_have_count(0)


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", WIDE), ("dark", NARROW)])
async def test_everybody_can_use_them(
    page: Page, watch: Watch, stack: Stack, tmp_path: Path, scheme: Literal["light", "dark"], size: ViewportSize
) -> None:
    watch.expected = {422}
    await page.emulate_media(color_scheme=scheme)
    await enter(page, stack, stack.ready["super_admin"], IMPORT)
    await page.set_viewport_size(size)
    for shown in (show_import(page, tmp_path), show_pages(page), show_dialogs(page)):
        async for name in shown:
            assert await judge_accessibility(page) == [], name
            assert NONSENSE.search(await page.locator("body").inner_text()) is None, name
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
