"""Tests of the jobs in the page: the list, one job, its log, what can be done with it."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from statistics import median

from playwright.async_api import Page, Route, expect

from tests.browser.scenes import (
    LAST_LINE,
    bring,
    bring_twice,
    store,
    submit,
    submit_export,
    tab,
    wait_for_log,
)
from tests.browser.watching import Watch, enter, go, key_of
from tests.support.holding import closed_gates, workers_held
from tests.support.stacks.stacks import ENDED, JOB_SECONDS, Stack

SOON_MILLISECONDS = 15_000
"""After so long, what was done in one tab shows in another."""
BATCH = 100
NODES = 20 * BATCH
GATES = (3 * BATCH, 9 * BATCH, 15 * BATCH)
"""Before which nodes an import is held."""
STONE = "Stone"
AGE_SECONDS = 1.0
SLACK_SECONDS = 4.0
"""For the looks of the test itself, on a machine under load."""


async def test_the_list_shows_what_fits_its_filters(page: Page, stack: Stack) -> None:
    await bring_twice(stack, "Filtered")
    await asyncio.to_thread(stack.wait, submit_export(stack, "Filtered"))
    await enter(page, stack, key_of(stack), "/jobs?application=Filtered")
    rows = page.get_by_role("list", name="Jobs").get_by_role("listitem")
    await expect(rows).to_have_count(3)
    await page.get_by_label("Status").select_option("Failed")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Import Filtered")
    assert "status=failed" in page.url
    await page.get_by_label("Kind").select_option("export")
    await expect(page.get_by_role("heading", name="No jobs")).to_be_visible()
    await page.get_by_role("button", name="Clear").click()
    await expect(page.get_by_label("Application")).to_have_value("")
    await page.get_by_label("Application").fill("Filtered")
    await page.get_by_label("Kind").select_option("export")
    await expect(rows).to_have_count(1)
    await rows.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Export Filtered")).to_be_visible()


async def test_a_job_tells_its_course_and_its_log(page: Page, stack: Stack) -> None:
    job_id = await bring(stack, "Told")
    whole = await asyncio.to_thread(wait_for_log, stack, job_id)
    await enter(page, stack, key_of(stack), f"/jobs/{job_id}")
    await expect(page.get_by_role("heading", name="Import Told")).to_be_visible()
    course = page.get_by_role("region", name="Course").get_by_role("listitem")
    await expect(course).to_contain_text(["Submitted by admin", "Taken by a worker", "Done"])
    lines = page.get_by_role("list", name="Lines of the log").get_by_role("listitem")
    await expect(lines.first).to_be_visible()
    first, count = whole.split(b"\n")[0].decode(), whole.count(b"\n")
    await page.get_by_label("Search the log").fill(re.search(r'"event": ?"([^"]+)"', first)[1])  # type: ignore[index]
    await expect(page.get_by_text(re.compile(rf"\d+ of {count} lines?"))).to_be_visible()
    await page.get_by_label("Search the log").fill("nothing has this")
    await expect(lines).to_have_count(0)
    async with page.expect_download() as coming:
        await page.get_by_role("region", name="Log").get_by_role("button", name="Download").click()
    path = Path(await (await coming.value).path())
    assert await asyncio.to_thread(path.read_bytes) == whole


async def test_the_last_line_of_a_log_is_shown_though_it_comes_after_the_end(page: Page, stack: Stack) -> None:
    job_id = await bring(stack, "Late")
    whole = await asyncio.to_thread(wait_for_log, stack, job_id)
    early = b"".join(line for line in whole.splitlines(keepends=True) if LAST_LINE not in line)

    async def answer_early(route: Route) -> None:
        await route.fulfill(body=early, content_type="application/x-ndjson")

    await page.route("**/log", answer_early, times=2)
    await enter(page, stack, key_of(stack), f"/jobs/{job_id}")
    log = page.get_by_role("region", name="Log")
    await expect(log.get_by_role("listitem").first).to_be_visible()
    await expect(log).to_contain_text("job ended")


async def test_a_list_shows_what_happened_before_its_stream_began_and_goes_on_when_that_ends(
    page: Page, stack: Stack
) -> None:
    await bring(stack, "Gap")
    may_begin = asyncio.Event()
    asked = 0

    async def begin_late_then_end(route: Route) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            await may_begin.wait()
            await route.fulfill(body="retry: 2000\n\n", content_type="text/event-stream")
        else:
            await route.continue_()

    await page.route("**/api/v1/events", begin_late_then_end)
    await enter(page, stack, key_of(stack), "/profile")
    await go(page, "/jobs?application=Gap")
    rows = page.get_by_role("list", name="Jobs").get_by_role("listitem")
    await expect(rows).to_have_count(1)
    with workers_held(stack):
        first = submit_export(stack, "Gap")
        may_begin.set()
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("Waiting")
    await expect(rows.first).to_contain_text("Done")
    assert stack.wait(first)["status"] == "closed"
    assert asked > 1


async def test_a_job_that_waits_is_cancelled_for_a_reason_and_another_tab_sees_it(
    page: Page, watch: Watch, stack: Stack
) -> None:
    await bring(stack, "Forsaken")
    async with tab(watch, stack, "/jobs?application=Forsaken") as other:
        row = other.get_by_role("list", name="Jobs").get_by_role("listitem").first
        with workers_held(stack):
            job_id = submit_export(stack, "Forsaken")
            await expect(row).to_contain_text("Waiting", timeout=SOON_MILLISECONDS)
            await enter(page, stack, key_of(stack), f"/jobs/{job_id}")
            await page.get_by_role("button", name="Cancel").click()
            await page.get_by_label("Reason").fill("not today")
            await page.get_by_role("button", name="Cancel the job").click()
            await expect(row).to_contain_text("Cancelled", timeout=SOON_MILLISECONDS)
        await expect(page.get_by_role("region", name="State")).to_contain_text("Cancelled")
        await expect(page.get_by_role("region", name="Course")).to_contain_text("not today")
    assert stack.wait(job_id)["cancel"]["reason"] == "not today"


async def test_a_failed_job_says_why_and_is_tried_again(page: Page, stack: Stack) -> None:
    failed = await bring_twice(stack, "Again")
    await enter(page, stack, key_of(stack), f"/jobs/{failed}")
    await expect(page.get_by_role("region", name="State")).to_contain_text("Again")
    await expect(page.locator(".error.box")).to_contain_text(stack.wait(failed)["failure"]["message"])
    gone = stack.request("DELETE", "/api/v1/databases/source/applications/Again").body["id"]
    await asyncio.to_thread(stack.wait, gone)
    await page.get_by_role("button", name="Retry").click()
    await page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    await expect(page.get_by_role("region", name="State")).to_contain_text("Done")
    await expect(page.get_by_role("link", name="an earlier job")).to_be_visible()
    assert failed not in page.url


async def test_progress_is_at_most_a_second_old(page: Page, stack: Stack) -> None:
    await store(stack, "Long", nodes=NODES, label=STONE)
    await enter(page, stack, key_of(stack), "/jobs")
    ages, seen = [], 0
    with closed_gates(stack.place("source", STONE), [f"Long{number}" for number in GATES]) as gates:
        job_id = submit(stack, "imports", database="source", archive="Long.zip", batch_size=BATCH)
        await go(page, f"/jobs/{job_id}")
        await expect(page.get_by_role("heading", name="Import Long")).to_be_visible()
        for gate in gates:
            seen = await asyncio.to_thread(_wait_until_told, stack, job_id, seen)
            ages.append(await _measure_age(page, seen))
            await expect(page.get_by_role("list", name="Lines of the log")).to_be_visible()
            gate.open()
        await expect(page.get_by_role("region", name="State")).to_contain_text("Done")
    # One may have met a machine that stood still for a moment.
    assert median(ages) <= AGE_SECONDS + SLACK_SECONDS, ages


def _wait_until_told(stack: Stack, job_id: str, before: int) -> int:
    """Wait until the API tells of more nodes than before; give how many."""
    end = time.monotonic() + JOB_SECONDS
    while True:
        job = stack.request("GET", f"/api/v1/jobs/{job_id}").body
        assert job["status"] not in ENDED, "a job ended behind a closed gate"
        found: int = job["progress"]["nodes_done"]
        if found > before:
            return found
        assert time.monotonic() < end, job
        time.sleep(0.05)


async def _measure_age(page: Page, count: int) -> float:
    """Wait until the page shows as much as the API has just told; give how long that took."""
    told = time.monotonic()
    while await _read_count(page) < count:
        assert time.monotonic() < told + JOB_SECONDS, count
        await asyncio.sleep(0.05)
    return time.monotonic() - told


async def _read_count(page: Page) -> int:
    text = await page.locator(".job-progress .figures").all_text_contents()
    found = re.search(r"([\d,]+)(?: of [\d,]+)? elements", " ".join(text))
    return int(found[1].replace(",", "")) if found else 0


async def test_a_gateway_in_trouble_is_told_kindly_and_forgotten_when_it_is_over(
    page: Page, watch: Watch, stack: Stack
) -> None:
    watch.expected = {503}
    await bring(stack, "Troubled")
    await enter(page, stack, key_of(stack), "/profile")
    problem = {"code": "STORE_UNAVAILABLE", "detail": "The job store does not answer.", "status": 503}

    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, json=problem, content_type="application/problem+json")

    await page.route("**/api/v1/jobs?*", refuse)
    await go(page, "/jobs")
    await expect(page.get_by_role("alert")).to_contain_text("The job store does not answer.")
    await page.unroute("**/api/v1/jobs?*")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.get_by_role("list", name="Jobs")).to_contain_text("Import Troubled")


async def test_a_job_is_followed_where_its_stream_cannot_be_had(page: Page, watch: Watch, stack: Stack) -> None:
    watch.expected = {503}
    await bring(stack, "Streamless")
    await page.route("**/events", lambda route: route.fulfill(status=503, json={}))
    await enter(page, stack, key_of(stack), "/profile")
    with workers_held(stack):
        job_id = submit_export(stack, "Streamless")
        await go(page, f"/jobs/{job_id}")
        await expect(page.get_by_role("region", name="State")).to_contain_text("Waiting")
    await expect(page.get_by_role("region", name="State")).to_contain_text("Done")
