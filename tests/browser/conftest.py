"""A browser, a stack behind it, a page that is watched for errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from infra.browser import HOW_TO_INSTALL, find_chromium
from shared.settings.databases import DatabaseSettings
from tests.browser.watching import Watch
from tests.support.stacks.stack_process import open_stack
from tests.support.stacks.stacks import Stack

WAIT_MILLISECONDS = 30_000
"""For what a page is to show: a machine under load takes its time."""


@pytest.fixture(scope="package")
def stack(
    neo4j_2026: DatabaseSettings,
    neo4j_526: DatabaseSettings,
    valkey_for: Callable[[str], str],
    archives_for: Callable[[str], Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """Two tenants, one worker, the databases `source` and `target`."""
    databases = {"source": neo4j_2026, "target": neo4j_526}
    folder = tmp_path_factory.mktemp("stack")
    with open_stack(
        folder, tenants=("acme", "globex"), databases=databases, valkey_for=valkey_for, archives_for=archives_for
    ) as opened:
        yield opened


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, without a window."""
    chromium = find_chromium()
    assert chromium is not None, HOW_TO_INSTALL
    expect.set_options(timeout=WAIT_MILLISECONDS)
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=chromium)


@pytest.fixture
async def watch(browser: Browser) -> AsyncIterator[Watch]:
    """A browser of one user: what goes wrong in any of its pages fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.set_default_timeout(WAIT_MILLISECONDS)
    watched = Watch(context)
    yield watched
    await context.close()
    assert watched.errors == []


@pytest.fixture
async def page(watch: Watch) -> Page:
    """A new page of that user."""
    return await watch.open()
