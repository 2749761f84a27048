"""The tenant's webhook on the page."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.watching import Watch, enter, judge_accessibility, key_of
from tests.support.stacks.stacks import Stack


async def test_an_address_that_may_not_be_asked_is_refused_where_it_is_set(
    page: Page, watch: Watch, stack: Stack
) -> None:
    watch.expected = {400, 404}
    await enter(page, stack, key_of(stack), "/access/webhook")
    await expect(page.get_by_text("None: set an address")).to_be_visible()
    await page.get_by_role("button", name="Set", exact=True).click()
    dialog = page.get_by_role("dialog", name="Set the webhook")
    await dialog.get_by_label("Address").fill("https://127.0.0.1/hook")
    await dialog.get_by_role("button", name="Set", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("GRAPHFERRY_WEBHOOK_NETWORKS")
    assert await judge_accessibility(page) == []
