"""Tests of signing in and out."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.watching import Watch, enter, judge_accessibility, key_of
from tests.support.stacks.stacks import Stack


async def test_a_wrong_key_is_refused_and_a_right_one_let_in(page: Page, watch: Watch, stack: Stack) -> None:
    watch.expected = {401}
    await page.goto(f"{stack.ready['gateway']}/admin/")
    await page.get_by_label("Key or access token").fill("gf_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("The credentials are not valid")).to_be_visible()
    assert await judge_accessibility(page) == []
    await enter(page, stack, key_of(stack))
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()


async def test_the_key_stays_in_the_tab(page: Page, watch: Watch, stack: Stack) -> None:
    key = key_of(stack)
    await enter(page, stack, key)
    assert key not in page.url
    assert key not in str(
        await page.evaluate("[JSON.stringify(localStorage), document.cookie, document.body.outerHTML]")
    )
    await page.reload()
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    other = await watch.open()
    await other.goto(page.url)
    await expect(other.get_by_label("Key or access token")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Key or access token")).to_be_visible()
    assert key not in str(await page.evaluate("JSON.stringify(sessionStorage)"))


async def test_the_address_leads_to_a_place_of_the_page(page: Page, stack: Stack) -> None:
    await enter(page, stack, key_of(stack), "/applications?database=target")
    await expect(page.get_by_text("In database target.")).to_be_visible()
    await page.get_by_role("combobox", name="Database").select_option("source")
    await expect(page.get_by_text("In database source.")).to_be_visible()
    assert "database=source" in page.url
    await page.get_by_role("link", name="Archives").click()
    assert "database=source" in page.url
