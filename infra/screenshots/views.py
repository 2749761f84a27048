"""What is taken pictures of: each page, where it is, what to do there first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from playwright.async_api import Page, expect

from infra.sample.loading import NAME
from infra.screenshots.scene import SAMPLES, SOURCE, TENANT, Scene

Act = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One page."""

    name: str
    """Of the pictures."""
    where: str
    """Behind the `#`."""
    key: str | None
    """Whoever looks; None: nobody has signed in."""
    sees: str
    """A text that shows once the page is complete."""
    act: Act | None = None


def list_views(scene: Scene, *, is_held: bool) -> Sequence[View]:
    """List the pages that need a running job, or those that do not."""
    admin = scene.stack.plan.keyring.tenants[TENANT]["admin"]
    return _list_held(scene, admin) if is_held else _list_calm(scene, admin)


def _list_held(scene: Scene, admin: str) -> Sequence[View]:
    running = f"/jobs/{scene.jobs['running']}"
    return [
        View(name="overview", where="/", key=admin, sees="Jobs running and waiting", act=_wait_for_plots),
        View(name="jobs", where="/jobs", key=admin, sees=f"Copy {NAME}"),
        View(name="job", where=running, key=admin, sees="Course"),
    ]


def _list_calm(scene: Scene, admin: str) -> Sequence[View]:
    boss = scene.stack.plan.keyring.super_admin
    application = f"/applications/{NAME}?database={SOURCE}"
    return [
        View(name="sign-in", where="/", key=None, sees="Key or access token"),
        View(name="failed-job", where=f"/jobs/{scene.jobs['failed']}", key=admin, sees="APPLICATION_EXISTS"),
        View(name="import", where=f"/import?database={SOURCE}", key=admin, sees="From the archive folder", act=_choose),
        View(name="export", where=f"/export?database={SOURCE}", key=admin, sees="Billing"),
        View(name="applications", where=f"/applications?database={SOURCE}", key=admin, sees="Billing"),
        View(name="application", where=application, key=admin, sees="Granted to", act=_wait_for_schema),
        View(name="archives", where="/archives", key=admin, sees="billing.zip"),
        View(name="archive", where="/archives/orders.zip", key=admin, sees="Orders"),
        View(name="access", where="/access", key=admin, sees="cleo"),
        View(name="tenants", where="/tenants", key=boss, sees="globex"),
        View(name="profile", where="/profile", key=admin, sees="nightly export"),
    ]


async def _wait_for_plots(page: Page) -> None:
    await expect(page.locator("canvas")).to_have_count(2)


async def _wait_for_schema(page: Page) -> None:
    await expect(page.locator("figure.schema svg")).to_be_visible()


async def _choose(page: Page) -> None:
    """Take two archives, and wait for what the check of their content says."""
    for name in SAMPLES:
        await page.get_by_label("From the archive folder").select_option(name)
    await expect(page.get_by_role("table")).to_have_count(len(SAMPLES))
