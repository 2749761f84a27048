"""Tests of the first page: queue, plots, workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.browser.scenes import bring, submit_export
from tests.browser.watching import enter, key_of
from tests.support.holding import workers_held
from tests.support.stacks.stacks import Stack


def _tile(page: Page, name: str) -> Any:
    return page.get_by_role("listitem").filter(has_text=name).locator(".value")


async def test_it_counts_what_runs_and_waits_and_names_the_worker(page: Page, stack: Stack) -> None:
    await bring(stack, "Seen")
    await enter(page, stack, key_of(stack))
    # Before it is held: a worker that stays silent is soon counted among the dead.
    await expect(_tile(page, "Workers")).to_have_text("1")
    worker = page.get_by_role("region", name="Workers").get_by_role("row").nth(1)
    await expect(worker).to_contain_text(f"process {stack.ready['pids']['worker-1']}")
    with workers_held(stack):
        waiting = [submit_export(stack, "Seen") for _ in range(3)]
        await expect(_tile(page, "Waiting").first).not_to_have_text("0")
        recent = page.get_by_role("region", name="Jobs", exact=True).get_by_role("listitem")
        await expect(recent.filter(has_text="Waiting").first).to_be_visible()
    for each in waiting:
        stack.wait(each)
    await expect(_tile(page, "Waiting").first).to_have_text("0")


async def test_minutes_without_work_are_drawn_as_such(page: Page, stack: Stack) -> None:
    """The gateway tells only the minutes in which something happened."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    told = [{"time": (now - timedelta(minutes=ago)).isoformat(), "elements": 600} for ago in (50, 20)]
    minutes = [{**each, "jobs_ended": 1, "waiting": 0, "running": 0} for each in told]

    async def answer(route: Route) -> None:
        seen = {"workers": [], "queue": {"running": 0, "waiting": 0}, "throughput": minutes}
        await route.fulfill(json=seen)

    await page.route("**/api/v1/overview", answer)
    await enter(page, stack, key_of(stack))
    await expect(page.locator("canvas")).to_have_count(2)
    await expect(page.get_by_role("img", name="Elements moved per minute, now: Elements 0")).to_be_visible()
    await expect(_tile(page, "Elements in the last hour")).to_have_text("1.2K")
    await expect(page.get_by_text("No worker is alive: jobs wait until one starts.")).to_be_visible()
