"""Tests of how the page bears a long list."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, Route, expect

from tests.browser.scenes import bring
from tests.browser.watching import enter, go, key_of
from tests.support.stacks import Stack

JOBS = 10_000
PART = 500
"""What the page asks for at once."""
MOST_ROWS = 80

SCROLL = """
async box => {
  const frames = []
  let rows = 0
  let last = await new Promise(requestAnimationFrame)
  for (let step = 0; step < 120; step++) {
    box.scrollTop = (box.scrollHeight - box.clientHeight) * (step / 119)
    const now = await new Promise(requestAnimationFrame)
    frames.push(now - last)
    last = now
    rows = Math.max(rows, box.querySelectorAll('[role=listitem]').length)
  }
  return { frames, rows }
}
"""


async def test_a_list_of_ten_thousand_jobs_scrolls(page: Page, stack: Stack) -> None:
    job = stack.request("GET", f"/api/v1/jobs/{await bring(stack, 'Many')}").body
    await page.route("**/api/v1/jobs?*", lambda route: _answer(route, job))
    await enter(page, stack, key_of(stack), "/profile")
    await go(page, "/jobs?application=Elsewhere")  # no job of the stack, though it be changing, joins the list
    box = page.get_by_role("list", name="Jobs")
    for count in range(PART, JOBS, PART):
        await expect(page.get_by_text(f"{count:,} jobs, more as you scroll", exact=True)).to_be_visible()
        await box.evaluate("box => { box.scrollTop = box.scrollHeight }")
    await expect(page.get_by_text("10,000 jobs", exact=True)).to_be_visible()
    seen = await box.evaluate(SCROLL)
    assert seen["rows"] <= MOST_ROWS
    print(f"milliseconds between frames: {seen['frames']}")
    await expect(box.get_by_role("listitem").last).to_contain_text("Import Many")


async def _answer(route: Route, job: dict[str, Any]) -> None:
    """Give one part of the long list: as the gateway does, newest first, with where the next part begins."""
    query = parse_qs(urlsplit(route.request.url).query)
    count, first = int(query["limit"][0]), int(query.get("cursor", ["0"])[0])
    last = min(JOBS, first + count)
    jobs = [{**job, "id": f"0199f0c2-0000-7000-8000-{JOBS - number:012}"} for number in range(first, last)]
    await route.fulfill(json={"jobs": jobs, "next_cursor": str(last) if last < JOBS else None})
