"""Tests of the reader's own page: keys, appearance."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.watching import enter, key_of
from tests.support.stacks.stacks import Stack

BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"


def _lets_in(stack: Stack, key: str) -> bool:
    return stack.request("GET", "/api/v1/me", credentials={"X-API-KEY": key}).status == 200


async def _take_key(page: Page) -> str:
    """Read the key that is shown once, and close what shows it."""
    shown = page.get_by_role("dialog", name="Key of architect")
    key = await shown.locator("[data-secret]").inner_text()
    await shown.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text(key)).to_have_count(0)
    return key


async def test_a_key_is_made_shown_once_made_anew_and_revoked(page: Page, stack: Stack) -> None:
    await enter(page, stack, key_of(stack, "architect"), "/profile")
    await page.get_by_role("button", name="New key").click()
    await page.get_by_label("Name").fill("laptop")
    await page.get_by_role("button", name="Make the key").click()
    first = await _take_key(page)
    assert _lets_in(stack, first)
    row = page.get_by_role("row").filter(has_text="laptop")
    await expect(row).to_contain_text(first[-4:])
    await row.get_by_role("button", name="Rotate").click()
    await page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
    second = await _take_key(page)
    assert not _lets_in(stack, first)
    assert _lets_in(stack, second)
    await row.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    assert not _lets_in(stack, second)


async def test_the_appearance_is_chosen_and_stays(page: Page, stack: Stack) -> None:
    await enter(page, stack, key_of(stack), "/profile")
    light = await page.evaluate(BACKGROUND)
    await page.get_by_label("Appearance", exact=True).select_option("Dark")
    dark = await page.evaluate(BACKGROUND)
    assert dark != light
    await page.reload()
    await expect(page.get_by_label("Appearance", exact=True)).to_have_value("dark")
    assert await page.evaluate(BACKGROUND) == dark
