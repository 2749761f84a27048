"""Tests of how the page bears a long list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.scenes import bring
from tests.browser.watching import enter, go, judge_accessibility, key_of, until_received
from tests.support.stacks.stacks import Stack

JOBS = 10_000
FAILED_JOBS = 700
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


async def test_a_part_that_comes_late_joins_no_other_list(page: Page, stack: Stack) -> None:
    job = stack.request("GET", f"/api/v1/jobs/{await bring(stack, 'Tardy')}").body
    is_asked, may_come, has_come = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold_second(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        if "status" in query:
            await _answer(route, {**job, "status": "failed"}, FAILED_JOBS)
        elif "cursor" not in query:
            await _answer(route, job)
        else:
            is_asked.set()
            await may_come.wait()
            await _answer(route, job)
            await until_received(route.request)
            has_come.set()

    await page.route("**/api/v1/jobs?*", hold_second)
    await enter(page, stack, key_of(stack), "/profile")
    await go(page, "/jobs?application=Elsewhere")
    box = page.get_by_role("list", name="Jobs")
    await box.evaluate("box => { box.scrollTop = box.scrollHeight }")
    await asyncio.wait_for(is_asked.wait(), 30)
    await page.get_by_label("Status").select_option("Failed")
    await expect(box.get_by_role("listitem").first).to_contain_text("Failed")
    may_come.set()
    await asyncio.wait_for(has_come.wait(), 30)
    await box.evaluate("box => { box.scrollTop = box.scrollHeight }")
    await expect(page.get_by_text("700 jobs", exact=True)).to_be_visible()
    await expect(box.get_by_role("listitem").filter(has_text="Done")).to_have_count(0)


async def _answer(route: Route, job: dict[str, Any], jobs_in_all: int = JOBS) -> None:
    """Give one part of the long list: as the gateway does, newest first, with where the next part begins."""
    query = parse_qs(urlsplit(route.request.url).query)
    count, first = int(query["limit"][0]), int(query.get("cursor", ["0"])[0])
    last = min(jobs_in_all, first + count)
    jobs = [{**job, "id": f"0199f0c2-0000-7000-8000-{jobs_in_all - number:012}"} for number in range(first, last)]
    await route.fulfill(json={"jobs": jobs, "next_cursor": str(last) if last < jobs_in_all else None})


THINGS = 5000
NAMES = [f"Thing {number:04}" for number in range(THINGS)]
AT = "2026-01-02T03:04:05.000Z"


def _application(name: str) -> dict[str, Any]:
    ids = {"service_id": name, "version_id": name}
    return {"name": name, "version": "1.0.0", "kind": "APPLICATION", "label": name, **ids}


def _archive(name: str) -> dict[str, Any]:
    return {"name": name, "bytes": 1000, "modified": AT, "pinned": False}


def _user(name: str) -> dict[str, Any]:
    return {
        "user": name,
        "name": None,
        "roles": [],
        "disabled": False,
        "created": AT,
        "last_used": None,
        "version": "1",
    }


@pytest.mark.parametrize(
    ("where", "what", "make", "path"),
    [
        ("/applications?database=source", "applications", _application, "**/databases/source/applications*"),
        ("/archives", "archives", _archive, "**/api/v1/archives"),
        ("/access", "users", _user, "**/api/v1/users"),
    ],
    ids=["applications", "archives", "users"],
)
async def test_thousands_of_things_are_found_sorted_and_scrolled(
    page: Page, stack: Stack, where: str, what: str, make: Callable[[str], dict[str, Any]], path: str
) -> None:
    counted: list[int] = []

    async def answer(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        things = [make(name) for name in query.get("name", NAMES)]
        if "counts" in query:
            counted.append(len(things))
            things = [{**each, "nodes": 7, "relationships": None, "counted": AT} for each in things]
        await route.fulfill(json={"database": "source", what: things, "damaged": [], "next_cursor": None})

    await page.route(path, answer)
    await enter(page, stack, key_of(stack), where)
    table = page.get_by_role("table", name=what.capitalize())
    await expect(table).to_have_attribute("aria-rowcount", str(THINGS + 1))
    box = table.get_by_role("rowgroup").last
    if what == "applications":
        await expect(table.get_by_role("row").filter(has_text="Thing 0003")).to_contain_text(
            "1.0.0Application7\N{EN DASH}"
        )
        assert 0 < max(counted) <= MOST_ROWS
    seen = await box.evaluate(SCROLL.replace("listitem", "row"))
    assert 0 < seen["rows"] <= MOST_ROWS
    print(f"milliseconds between frames: {seen['frames']}")
    await page.get_by_label("Find").first.fill("ING 123")
    await expect(table.get_by_role("row")).to_have_count(11)
    await box.evaluate("box => { box.scrollTop = 0 }")
    name = table.get_by_role("columnheader").first
    heading = name.get_by_role("button")
    while await name.get_attribute("aria-sort") != "descending":
        await heading.click()
    await expect(table.get_by_role("rowheader").first).to_contain_text("Thing 1239")
    await expect(table.get_by_role("rowheader").last).to_contain_text("Thing 1230")
    assert await judge_accessibility(page) == []
