"""Opens a stack, lets it work for a while, takes pictures of every page."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from functools import partial
from pathlib import Path

from playwright.async_api import async_playwright, expect

from infra.browser import HOW_TO_INSTALL, find_chromium
from infra.console import complain, say
from infra.sample.loading import load_sample
from infra.sample.reading import read_sample
from infra.screenshots.camera import WAIT_MILLISECONDS, Camera
from infra.screenshots.scene import SOURCE, TARGET, TENANT, Scene
from infra.screenshots.views import list_views
from infra.stack.foreground import run_in_foreground, with_errors_told
from infra.stack.plan import StackPlan, StackRequest
from infra.stack.stack import Stack, open_stack

_SAMPLE_VERSION = "3.14.0"


def run_screenshots(checkout: Path, arguments: argparse.Namespace) -> int:
    """Return 0 when all pictures are written."""
    return with_errors_told(partial(_prepare, checkout, arguments))


def _prepare(checkout: Path, arguments: argparse.Namespace) -> int:
    chromium = find_chromium()
    if chromium is None:
        complain(HOW_TO_INSTALL)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        request = StackRequest(
            data_dir=Path(folder), tenants=(TENANT, "globex"), databases=(SOURCE, TARGET), is_short_lived=True
        )
        plan = StackPlan.make(request, os.environ)
        plan.download()
        return run_in_foreground(_run(plan, checkout, chromium, arguments))


async def _run(plan: StackPlan, checkout: Path, chromium: Path, arguments: argparse.Namespace) -> int:
    reading = asyncio.create_task(asyncio.to_thread(read_sample))
    async with open_stack(plan, environ=os.environ, checkout=checkout) as stack:
        graph = await reading
        await asyncio.to_thread(load_sample, plan.settings.databases[SOURCE], graph, version=_SAMPLE_VERSION)
        await _take_all(stack, checkout / "docs" / "samples", chromium, arguments)
    return 0


async def _take_all(stack: Stack, samples: Path, chromium: Path, arguments: argparse.Namespace) -> None:
    async with async_playwright() as playwright, Scene.open(playwright, stack) as scene:
        say("Letting jobs run …")
        await scene.live(samples)
        expect.set_options(timeout=WAIT_MILLISECONDS)
        browser = await playwright.chromium.launch(executable_path=chromium)
        camera = Camera(browser=browser, url=stack.gateway_url, folder=arguments.folder.resolve())
        async with scene.work_held():
            for view in list_views(scene, is_held=True):
                await camera.take(view)
        for view in list_views(scene, is_held=False):
            await camera.take(view)
        await browser.close()
    say(f"Wrote {camera.count} pictures, {camera.bytes / 1e6:.2f} MB, to {camera.folder}.")
