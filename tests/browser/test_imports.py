"""Tests of bringing archives in: uploads that break off, refusals, conflicts, cancelling, files of other tools."""

from __future__ import annotations

import asyncio
import random
import time
from base64 import b64encode
from pathlib import Path

import orjson
import pytest
from playwright.async_api import Page, Route, expect

from shared.jobs.requests import DEFAULT_WRITTEN_ROWS
from tests.browser.forms import archives_chosen, choose, item_of, outcome_of
from tests.browser.scenes import bring, store
from tests.browser.watching import Watch, enter, go, judge_accessibility, key_of, until_received
from tests.engines.test_main_job import run
from tests.support.archives.foreign import OLDER, document, zipped
from tests.support.archives.small import make_archive
from tests.support.holding import closed_gates, workers_held
from tests.support.stacks.stacks import Stack

PIECE = 8 * 1024**2
"""What the page sends at once."""
BATCH = DEFAULT_WRITTEN_ROWS
"""What an import writes at once."""
WRITING_SECONDS = 60
UNWANTED = "Unwished"
COUNT = f"""
MATCH (n) WHERE n:{UNWANTED} OR any(key IN keys(n) WHERE toStringOrNull(n[key]) STARTS WITH $job) RETURN count(n)
"""
PLACE = "/import?database=target"
PIECES = "**/api/v1/uploads/*"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three pieces."""
    path = tmp_path_factory.mktemp("large") / "large.zip"
    by_chance = random.Random(1)
    texts = [b64encode(by_chance.randbytes(PIECE // 64)).decode() for _ in range(160)]
    path.write_bytes(make_archive("Large", texts=texts))
    assert 2 * PIECE < path.stat().st_size < 3 * PIECE
    return path


class Cut:
    """Breaks off the pieces of these numbers, counted from 0; notes where each piece began."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers
        self.offsets: list[int] = []

    async def __call__(self, route: Route) -> None:
        if route.request.method != "PATCH":
            await route.continue_()
            return
        number = len(self.offsets)
        self.offsets.append(int(route.request.headers["upload-offset"]))
        await (route.abort("connectionreset") if number in self.numbers else route.continue_())


async def test_an_upload_goes_on_where_it_broke_off(page: Page, watch: Watch, stack: Stack, large: Path) -> None:
    watch.may_lose_connections = True
    cut = Cut(1)
    await page.route(PIECES, cut)
    await enter(page, stack, key_of(stack), PLACE)
    await archives_chosen(page, [large])
    assert cut.offsets == [0, PIECE, PIECE, 2 * PIECE]


async def test_an_upload_that_stopped_goes_on_when_asked_to(
    page: Page, watch: Watch, stack: Stack, large: Path
) -> None:
    watch.may_lose_connections = True
    cut = Cut(1, 2, 3, 4, 5, 6)
    await page.route(PIECES, cut)
    await enter(page, stack, key_of(stack), PLACE)
    await page.clock.install()
    await choose(page, [large])
    item = page.get_by_role("article").last
    while await item.get_by_role("button", name="Go on").count() == 0:
        await page.clock.run_for(1000)
    await expect(item).to_contain_text("The connection broke off")
    await item.get_by_role("button", name="Go on").click()
    await expect(item.get_by_text("Ready", exact=True)).to_be_visible()
    assert set(cut.offsets[1:-1]) == {PIECE}
    assert cut.offsets[-1] == 2 * PIECE


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"not a ZIP", "ZIP", id="no ZIP"),
        pytest.param(zipped({"a.graphml": "<!DOCTYPE g>\n" + document('<node id="a"/>')}), "DOCTYPE", id="DOCTYPE"),
    ],
)
async def test_a_refusal_is_told_in_the_gateways_words(
    page: Page, watch: Watch, stack: Stack, tmp_path: Path, content: bytes, words: str
) -> None:
    watch.expected = {422}
    file = tmp_path / "refused.zip"
    file.write_bytes(content)
    await enter(page, stack, key_of(stack), PLACE)
    await choose(page, [file])
    item = item_of(page, file.name)
    await expect(item.get_by_role("alert")).to_contain_text(words)
    await expect(item.get_by_role("alert")).to_contain_text("INVALID_ARCHIVE")
    await expect(item.get_by_text("Refused", exact=True)).to_be_visible()
    await expect(item.get_by_role("button", name="Import", exact=True)).to_have_count(0)


async def test_a_conflict_shows_and_is_decided_before_the_import(page: Page, stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "taken.zip"
    file.write_bytes(await asyncio.to_thread(make_archive, "Taken"))
    await enter(page, stack, key_of(stack), PLACE)
    for action, outcome in (
        ("fail", "Added"),
        ("overwrite", "Replaced"),
        ("rename", "Taken_copy"),
        ("skip", "Skipped"),
        ("add_version", "Version added"),
    ):
        await archives_chosen(page, [file])
        item = page.get_by_role("article").last
        await expect(item).to_contain_text("New" if action == "fail" else "There: 1.0.0")
        await item.get_by_label("If Taken 1.0.0 is there already").select_option(action)
        await item.get_by_role("button", name="Import", exact=True).click()
        await expect(outcome_of(item, "closed")).to_contain_text(outcome)
        await item.get_by_role("button", name="off the list").click()
    await go(page, "/applications?database=target")
    for name in ("Taken", "Taken_copy"):
        await expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


async def test_a_check_that_takes_long_is_a_job_that_the_page_follows(page: Page, stack: Stack) -> None:
    await store(stack, "LongCheck")
    asked: list[str | None] = []

    async def hurry(route: Route) -> None:
        asked.append(await route.request.header_value("prefer"))
        await route.continue_(headers={**await route.request.all_headers(), "prefer": "respond-async, wait=0"})

    await page.route("**/inspect?*", hurry)
    await enter(page, stack, key_of(stack), f"{PLACE}&archive=LongCheck.zip")
    item = item_of(page, "LongCheck.zip")
    async with page.expect_response("**/jobs/*/inspection") as found:
        await expect(item.get_by_text("Ready", exact=True)).to_be_visible()
    assert (await (await found.value).json())["name"] == "LongCheck.zip"
    assert asked == ["respond-async"]
    await expect(item).to_contain_text("New")


async def test_a_check_of_another_database_decides_nothing(page: Page, stack: Stack) -> None:
    await bring(stack, "Overtaken")
    is_asked, may_come, has_come = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        is_asked.set()
        await may_come.wait()
        await route.continue_()
        await until_received(route.request)
        has_come.set()

    await page.route("**/inspect?database=target", hold)
    await enter(page, stack, key_of(stack), f"{PLACE}&archive=Overtaken.zip")
    await asyncio.wait_for(is_asked.wait(), 30)
    await page.get_by_label("Into database").select_option("source")
    may_come.set()
    await asyncio.wait_for(has_come.wait(), 30)
    item = item_of(page, "Overtaken.zip")
    await expect(item.get_by_text("Ready", exact=True)).to_be_visible()
    await expect(item.get_by_role("columnheader", name="In source")).to_be_visible()
    await expect(item).to_contain_text("There: 1.0.0")


async def test_what_is_uploaded_is_checked_for_the_database_chosen_since(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "underway.zip"
    file.write_bytes(await asyncio.to_thread(make_archive, "Underway"))
    is_begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "PATCH":
            is_begun.set()
            await may_go_on.wait()
        await route.continue_()

    await page.route(PIECES, hold)
    await enter(page, stack, key_of(stack), PLACE)
    await choose(page, [file])
    await asyncio.wait_for(is_begun.wait(), 30)
    await page.get_by_label("Into database").select_option("source")
    may_go_on.set()
    item = item_of(page, file.name)
    await expect(item.get_by_text("Ready", exact=True)).to_be_visible()
    await expect(item.get_by_role("columnheader", name="In source")).to_be_visible()


async def test_archives_of_a_tenant_wait_in_no_page_of_another(page: Page, stack: Stack) -> None:
    await store(stack, "Ours")
    await enter(page, stack, key_of(stack), f"{PLACE}&archive=Ours.zip")
    item = item_of(page, "Ours.zip")
    await expect(item.get_by_text("Ready", exact=True)).to_be_visible()
    await change_user(page, key_of(stack, tenant="globex"))
    await expect(page.get_by_label("Into database")).to_be_visible()
    await expect(item).to_have_count(0)
    await change_user(page, key_of(stack))
    await expect(item.get_by_text("Ready", exact=True)).to_be_visible()


async def change_user(page: Page, key: str) -> None:
    """Sign out, and in again with another key, without loading the page anew."""
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_label("Key or access token").fill(key)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation", name="Sections")).to_be_attached()


def count(stack: Stack, job_id: str) -> int:
    """Count what a job has in the target: its nodes, which alone have this label, and its notes, which name it."""
    counts: list[int] = run(stack, "target", COUNT, job=job_id)
    return counts[0]


def wait_until_writing(stack: Stack, job_id: str) -> None:
    """Wait until more is there than notes."""
    end = time.monotonic() + WRITING_SECONDS
    while (found := count(stack, job_id)) < BATCH:
        assert time.monotonic() < end, found
        time.sleep(0.05)


async def test_a_cancelled_import_leaves_nothing(page: Page, stack: Stack, tmp_path: Path) -> None:
    texts = [str(number) for number in range(3 * BATCH)]
    file = tmp_path / "unwanted.zip"
    file.write_bytes(await asyncio.to_thread(make_archive, "Unwanted", texts=texts, label=UNWANTED))
    await enter(page, stack, key_of(stack), PLACE)
    await archives_chosen(page, [file])
    item = item_of(page, file.name)
    with closed_gates(stack.place("target", UNWANTED), [f"Unwanted{BATCH}"]):
        async with page.expect_response("**/api/v1/imports") as coming:
            await item.get_by_role("button", name="Import", exact=True).click()
        job_id = (await (await coming.value).json())["id"]
        await asyncio.to_thread(wait_until_writing, stack, job_id)
        await expect(outcome_of(item, "in_progress")).to_be_visible()
        with workers_held(stack):
            await item.get_by_role("button", name="Cancel").click()
            await expect(item.get_by_role("button", name="Cancel")).to_be_disabled()
        await expect(outcome_of(item, "cancelled")).to_be_visible()
        assert count(stack, job_id) == 0
    await go(page, "/applications?database=target")
    await expect(page.get_by_role("heading", name="Applications")).to_be_visible()
    await expect(page.locator(".loading")).to_have_count(0)
    await expect(page.get_by_role("link", name="Unwanted")).to_have_count(0)


async def test_both_applications_of_an_older_exporter_come_in(page: Page, stack: Stack) -> None:
    await enter(page, stack, key_of(stack), PLACE)
    await archives_chosen(page, [OLDER])
    item = item_of(page, OLDER.name)
    for name in ("Shop", "Größe & Co"):
        await expect(item.get_by_role("row").filter(has_text=name)).to_contain_text("New")
    await item.get_by_role("button", name="Import", exact=True).click()
    await expect(outcome_of(item, "closed")).to_be_visible()
    for name in ("Shop", "Größe & Co"):
        await expect(item.get_by_role("row").filter(has_text=name)).to_contain_text("Added")


async def test_labels_are_chosen_where_the_archive_is_checked(page: Page, stack: Stack, tmp_path: Path) -> None:
    keys = '<key id="k" for="node" attr.name="kind" attr.type="string"/>'
    path = tmp_path / "kinds.zip"
    path.write_bytes(zipped({"kinds.graphml": document('<node id="a"><data key="k">Machine</data></node>', keys)}))
    await enter(page, stack, key_of(stack), PLACE)
    await archives_chosen(page, [path])
    item = item_of(page, path.name)
    await item.get_by_text("Names in the other tool's graph").click()
    await item.get_by_label("Labels from the key").fill("kind")
    async with page.expect_response("**/inspect?*label_from=kind*"):
        await item.get_by_role("button", name="Check again").click()
    await item.get_by_text("Labels", exact=True).click()
    joined, renamed = (item.get_by_role("group", name=each) for each in ("Join nodes with", "Rename labels"))
    await joined.get_by_label("Label 1").fill("Sort, or=Kind")
    await joined.get_by_label("Label 2").fill("Kind")
    await renamed.get_by_label("Old label 1").fill("Machine")
    await renamed.get_by_label("New label 1").fill("Device")
    await renamed.get_by_label("Old label 2").fill("a=b, c")
    await renamed.get_by_label("New label 2").fill("d=e")
    assert await judge_accessibility(page) == []
    async with page.expect_response("**/inspect?*join_labels=Kind&rename_labels=*a%5C%3Db*") as checked:
        await item.get_by_role("button", name="Check with these labels").click()
    assert (await checked.value).status == 200
    async with page.expect_request("**/api/v1/imports") as submitted:
        await item.get_by_role("button", name="Import", exact=True).click()
    sent = orjson.loads((await submitted.value).post_data or "")
    assert sent["join_labels"] == ["Sort, or=Kind", "Kind"]
    assert sent["rename_labels"] == {"Machine": "Device", "a=b, c": "d=e"}
    await expect(outcome_of(item, "closed")).to_be_visible()
    assert run(stack, "target", "MATCH (n:Device) RETURN count(n)") == [1]
