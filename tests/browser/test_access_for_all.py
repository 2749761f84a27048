"""Tests that the watching pages can be read and worked by everybody: contrast, names, keyboard."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser.scenes import bring
from tests.browser.watching import enter, go, judge_accessibility, key_of
from tests.support.stacks.stacks import Stack

FOCUSED = "document.activeElement.closest('dialog') !== null"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_anybody_out(page: Page, stack: Stack, scheme: Literal["light", "dark"]) -> None:
    job_id = await bring(stack, f"Open {scheme}".replace(" ", "-"))
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await enter(page, stack, key_of(stack))
    places = {
        "/": "Workers",
        "/jobs": "Jobs",
        f"/jobs/{job_id}": "Course",
        "/applications?database=source": "Applications",
        f"/applications/Open-{scheme}?database=source": "Granted to",
        "/profile": "Own keys",
        "/nowhere": "There is nothing here",
    }
    found = {}
    for where, heading in places.items():
        await go(page, where)
        await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        await expect(page.locator(".loading")).to_have_count(0)
        found[where] = await judge_accessibility(page)
    assert {where: each for where, each in found.items() if each} == {}


async def test_the_keyboard_suffices(page: Page, stack: Stack) -> None:
    await enter(page, stack, key_of(stack), "/profile")
    await expect(page.get_by_role("heading", name="Own keys")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Own keys")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    opener = page.get_by_role("button", name="New key")
    await opener.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New key")
    await expect(dialog).to_be_visible()
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate(f"{FOCUSED} || document.activeElement === document.body"), (
            "the focus left the dialog"
        )
    assert await judge_accessibility(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()
