"""Exports by the clock, made and watched on the page."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.scenes import bring
from tests.browser.watching import Watch, enter, go, judge_accessibility, key_of
from tests.support.stacks.stacks import Stack


async def test_a_schedule_is_made_run_switched_off_and_deleted(page: Page, watch: Watch, stack: Stack) -> None:
    watch.expected = {400}
    await bring(stack, "Nightly")
    await enter(page, stack, key_of(stack), "/schedules?database=source")
    await page.get_by_role("button", name="New schedule").click()
    dialog = page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Name", exact=True).fill("every night")
    await dialog.get_by_role("checkbox", name="Nightly").check()
    await dialog.get_by_label("Cron line").fill("61 2 * * *")
    await expect(dialog.get_by_text("Cron line '61 2 * * *'")).to_be_visible()
    await dialog.get_by_label("Cron line").fill("30 2 * * *")
    await expect(dialog.get_by_text(re.compile("Next: .*2:30.* · "))).to_be_visible()
    await dialog.get_by_role("button", name="Create").click()
    row = page.get_by_role("row").filter(has_text="every night")
    await expect(row).to_contain_text("30 2 * * *")
    await row.get_by_role("button", name="Run every night now").click()
    await expect(page.get_by_text("The job is accepted.")).to_be_visible()
    await row.get_by_role("button", name="History").click()
    runs = page.get_by_role("dialog", name=re.compile("every night"))
    await expect(runs).to_contain_text(re.compile("submitted|closed"))
    assert await judge_accessibility(page) == []
    await page.keyboard.press("Escape")
    await row.get_by_role("button", name="Switch every night off").click()
    await expect(row).to_contain_text("off")
    await row.get_by_role("button", name="Delete every night").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("No schedules yet")).to_be_visible()


async def test_who_is_no_administrator_only_reads(page: Page, stack: Stack) -> None:
    await enter(page, stack, key_of(stack, "user"), "/schedules")
    await expect(page.get_by_text("No schedules yet")).to_be_visible()
    await expect(page.get_by_role("button", name="New schedule")).to_have_count(0)
    await go(page, "/")
