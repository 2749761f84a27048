"""Tests of many archives at once: one stream for all tabs, uploads that survive a reload and a network that goes."""

from __future__ import annotations

import asyncio
import random
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Dialog, FileChooser, Locator, Page, Request, Route, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.forms import choose, item_of, outcome_of
from tests.browser.scenes import store, submit, tab
from tests.browser.test_imports import PIECE, PIECES, PLACE, Cut
from tests.browser.watching import Watch, enter, go, judge_accessibility, key_of
from tests.support.archives.small import make_archive
from tests.support.holding import closed_gates
from tests.support.stacks.stacks import Stack

MANY = 20
RUNNING = 2
AHEAD = "Ahead"
CHECKING_MILLISECONDS = 120_000
"""For all checks, on a machine under load."""
MOST_STOPS = 80
"""Of the Tab key, on the way to anything on a page."""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Twenty small archives."""
    folder = tmp_path_factory.mktemp("many")
    paths = [folder / f"many-{number:02}.zip" for number in range(MANY)]
    for number, path in enumerate(paths):
        path.write_bytes(make_archive(f"Many{number:02}"))
    return paths


@pytest.fixture(scope="module")
def two_pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two pieces."""
    path = tmp_path_factory.mktemp("pieces") / "pieces.zip"
    by_chance = random.Random(2)
    texts = [b64encode(by_chance.randbytes(PIECE // 64)).decode() for _ in range(90)]
    path.write_bytes(make_archive("Pieces", texts=texts))
    assert PIECE < path.stat().st_size < 2 * PIECE
    return path


class Streams:
    """Counts the streams that are open at once in the tabs that it watches."""

    def __init__(self, *pages: Page) -> None:
        self.most = 0
        self._open = set[Request]()
        for page in pages:
            page.on("request", self._begin)
            page.on("requestfinished", self._end)
            page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        if request.url.endswith("/events"):
            self._open.add(request)
            self.most = max(self.most, len(self._open))

    def _end(self, request: Request) -> None:
        self._open.discard(request)


async def check_at_once(route: Route) -> None:
    """Have an archive checked however long that takes: a job for it would wait for the import that is held."""
    headers = await route.request.all_headers()
    await route.continue_(headers={name: value for name, value in headers.items() if name != "prefer"})


def list_imports(stack: Stack, most: int) -> list[dict[str, str]]:
    """List the newest imports, oldest first."""
    jobs = stack.request("GET", f"/api/v1/jobs?kind=import&limit={most}").body["jobs"]
    return [{"id": job["id"], "archive": job["request"]["archive_name"]} for job in reversed(jobs)]


async def test_twenty_archives_become_twenty_jobs_that_two_tabs_show(
    page: Page, watch: Watch, stack: Stack, many: list[Path]
) -> None:
    for number in range(RUNNING):
        await store(stack, f"{AHEAD}{number}", label=AHEAD)
    with closed_gates(stack.place("target", AHEAD), [f"{AHEAD}00"]):
        ahead = [
            submit(stack, "imports", database="target", archive=f"{AHEAD}{number}.zip") for number in range(RUNNING)
        ]
        async with tab(watch, stack, PLACE) as other:
            streams = Streams(page, other)
            await page.route("**/inspect?*", check_at_once)
            await enter(page, stack, key_of(stack), PLACE)
            await expect(page.get_by_role("article")).to_have_count(RUNNING)
            await choose(page, many)
            await page.get_by_role("button", name=f"Import {MANY} archives").click()
            told = page.get_by_text(f"{MANY} of {MANY} submitted")
            await expect(told).to_be_visible(timeout=CHECKING_MILLISECONDS)
            submitted = list_imports(stack, MANY)
            assert [job["archive"] for job in submitted] == [path.name for path in many]
            for shown in (page, other):
                waiting = outcome_of(shown.get_by_role("article"), "created")
                await expect(waiting).to_have_count(RUNNING - 1 + MANY)
            await expect(page.get_by_role("link", name=f"Import {RUNNING + MANY} under way")).to_be_visible()
            assert await judge_accessibility(page) == []
            await go(other, "/applications?database=target")
            await expect(other.get_by_role("heading", name="Applications")).to_be_visible()
            await expect(other.locator(".loading")).to_have_count(0)
            await go(other, PLACE)
            assert streams.most <= 1
            await page.close()
            for job_id in [*reversed([job["id"] for job in submitted]), *ahead[1:]]:
                assert stack.request("PATCH", f"/api/v1/jobs/{job_id}", {"status": "cancelled"}).status == 200
            await expect(outcome_of(other.get_by_role("article"), "cancelled")).to_have_count(RUNNING - 1 + MANY)
    await asyncio.to_thread(stack.wait, ahead[0])


async def test_what_is_meant_is_submitted_without_a_click_unless_it_needs_a_decision(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.zip" for name in ("once", "twice")]
    for file in files:
        file.write_bytes(await asyncio.to_thread(make_archive, "Meant"))
    await enter(page, stack, key_of(stack), PLACE)
    await page.get_by_role("checkbox", name="Import each as soon as it is checked").check()
    await choose(page, files[:1])
    await expect(outcome_of(item_of(page, files[0].name), "closed")).to_be_visible()
    await choose(page, files[1:])
    await expect(page.get_by_text("1 of 2 submitted, 1 needs a decision")).to_be_visible()
    item = item_of(page, files[1].name)
    await item.get_by_label("If Meant 1.0.0 is there already").select_option("skip")
    await expect(outcome_of(item, "closed")).to_contain_text("Skipped")


async def test_a_reload_loses_nothing_but_the_files(
    page: Page, watch: Watch, stack: Stack, tmp_path: Path, two_pieces: Path
) -> None:
    watch.may_lose_connections = True
    small = tmp_path / "survivor.zip"
    small.write_bytes(await asyncio.to_thread(make_archive, "Survivor"))
    begun, asked = asyncio.Event(), list[str]()

    async def hold_second(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0":
            begun.set()  # and never goes on
        else:
            await route.continue_()

    async def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", leave)
    await page.route(PIECES, hold_second)
    await enter(page, stack, key_of(stack), PLACE)
    await choose(page, [two_pieces, small])
    await expect(item_of(page, small.name).get_by_text("Ready", exact=True)).to_be_visible()
    await asyncio.wait_for(begun.wait(), 30)
    await page.reload()
    assert asked == ["beforeunload"]
    await page.unroute_all(behavior="ignoreErrors")
    await expect(item_of(page, small.name).get_by_text("Ready", exact=True)).to_be_visible()
    cut_off = page.get_by_role("region", name="Uploads that were cut off")
    await expect(cut_off).to_contain_text("pieces.zip")
    await expect(cut_off).to_contain_text("The browser does not keep your files")
    assert await judge_accessibility(page) == []
    cut = Cut()
    await page.route(PIECES, cut)
    await choose(page, [two_pieces])
    await expect(cut_off).to_have_count(0)
    await expect(item_of(page, two_pieces.name).get_by_text("Ready", exact=True)).to_be_visible()
    assert cut.offsets == [PIECE]


async def test_an_upload_goes_on_by_itself_when_the_network_is_back(
    page: Page, watch: Watch, stack: Stack, two_pieces: Path
) -> None:
    watch.may_lose_connections = True
    begun, is_off = asyncio.Event(), asyncio.Event()

    async def wait_for_second(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0":
            begun.set()
            await is_off.wait()
        await route.continue_()

    await page.route(PIECES, wait_for_second)
    await enter(page, stack, key_of(stack), PLACE)
    await choose(page, [two_pieces])
    await asyncio.wait_for(begun.wait(), 30)
    await page.context.set_offline(True)
    is_off.set()
    item = page.get_by_role("article").last
    await expect(item.get_by_role("alert")).to_contain_text("The connection broke off")
    await page.context.set_offline(False)
    await expect(item.get_by_text("Ready", exact=True)).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_the_keyboard_suffices_from_the_key_to_a_finished_import(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "typed.zip"
    file.write_bytes(await asyncio.to_thread(make_archive, "Typed"))
    chosen = asyncio.Queue[FileChooser]()
    page.on("filechooser", chosen.put_nowait)  # from now on: the browser is told of it without an answer
    await page.goto(f"{stack.ready['gateway']}/admin/#/?database=target")
    await walk_to(page, page.get_by_label("Key or access token"))
    await page.keyboard.type(key_of(stack))
    await page.keyboard.press("Enter")
    link = page.get_by_role("navigation", name="Sections").get_by_role("link", name="Import")
    await expect(link).to_be_visible()
    await walk_to(page, link)
    await page.keyboard.press("Enter")
    button = page.get_by_role("button", name="choose files")
    await expect(button).to_be_visible()
    while chosen.empty():  # the page takes the focus when it opens, perhaps only now
        await walk_to(page, button)
        await page.keyboard.press("Enter")
        with suppress(PlaywrightTimeoutError):
            await page.wait_for_event("filechooser", timeout=3000)
    await chosen.get_nowait().set_files(file)
    item = item_of(page, file.name)
    await expect(item.get_by_text("Ready", exact=True)).to_be_visible()
    await walk_to(page, item.get_by_role("button", name="Import", exact=True))
    await page.keyboard.press("Enter")
    await expect(outcome_of(item, "closed")).to_contain_text("Added")
    assert await judge_accessibility(page) == []


async def walk_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(MOST_STOPS):
        if await wanted.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not lead to {wanted}")
