"""Tests of the applications in the page: the list, one application, its schema, its deletion."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, Route, expect

from tests.browser.scenes import bring, store, submit
from tests.browser.watching import Watch, enter, go, judge_accessibility, key_of
from tests.engines.test_main_job import run
from tests.support.stacks.stacks import Stack

NODES = 7


async def test_the_list_has_counts_and_finds_by_name(page: Page, stack: Stack) -> None:
    await bring(stack, "Counted", nodes=NODES)
    await bring(stack, "Uncounted")
    await enter(page, stack, key_of(stack), "/applications?database=source")
    row = page.get_by_role("row").filter(has_text="Counted").filter(has_not_text="Uncounted")
    await expect(row.get_by_role("cell")).to_contain_text(["1.0.0", "Application", str(NODES), "0"])
    await page.get_by_label("Find").fill("uncou")
    await expect(row).to_have_count(0)
    await expect(page.get_by_text("1 application", exact=True)).to_be_visible()


async def test_an_application_shows_its_schema_and_its_versions(page: Page, stack: Stack) -> None:
    await bring(stack, "Versioned", nodes=NODES)
    again = [{"name": "Versioned", "on_conflict": "add_version", "version_step": "major"}]
    added = submit(stack, "imports", database="source", archive="Versioned.zip", applications=again)
    assert (await asyncio.to_thread(stack.wait, added))["status"] == "closed"
    await enter(page, stack, key_of(stack), "/applications/Versioned?database=source")
    picture = page.get_by_role("img", name="Schema of Versioned: 1 label, 0 relationship types.")
    await expect(picture.locator(".label")).to_contain_text(["Object"])
    await expect(page.get_by_text(f"{NODES} nodes", exact=True)).to_be_visible()
    await page.get_by_text("Labels, relationship types and property keys").click()
    await expect(page.get_by_role("row").filter(has_text="name")).to_contain_text(str(NODES))
    await expect(page.get_by_role("heading", name="Schema of version 2.0.0")).to_be_visible()
    await page.get_by_label("Version", exact=True).select_option("1.0.0")
    await expect(page.get_by_role("heading", name="Schema of version 1.0.0")).to_be_visible()
    assert "version=1.0.0" in page.url


async def test_an_application_is_deleted_once_its_name_is_typed(page: Page, stack: Stack) -> None:
    await bring(stack, "Doomed")
    await enter(page, stack, key_of(stack), "/applications/Doomed?database=source")
    await page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete Doomed?")
    submit_button = dialog.get_by_role("button", name="Delete")
    await expect(submit_button).to_be_disabled()
    await dialog.get_by_label("to confirm").fill("Doome")
    await expect(submit_button).to_be_disabled()
    await dialog.get_by_label("to confirm").fill("Doomed")
    await submit_button.click()
    await expect(page.get_by_role("heading", name="Delete Doomed")).to_be_visible()
    await expect(page.get_by_role("region", name="State")).to_contain_text("Done")
    await go(page, "/applications/Doomed?database=source")
    await expect(page.get_by_role("heading", name="Doomed is not in database source")).to_be_visible()


async def test_users_are_chosen_from_though_they_come_late(page: Page, stack: Stack) -> None:
    await bring(stack, "Granted")
    may_come = asyncio.Event()

    async def come_late(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await page.route("**/api/v1/users", come_late)
    await enter(page, stack, key_of(stack), "/applications/Granted?database=source")
    await page.get_by_role("button", name="Grant access").click()
    dialog = page.get_by_role("dialog", name="Grant access")
    await expect(dialog.locator(".loading")).to_be_visible()
    await expect(dialog.get_by_label("User")).to_have_count(0)
    may_come.set()
    await dialog.get_by_label("User").select_option("user")
    await dialog.get_by_role("button", name="Grant", exact=True).click()
    granted = page.get_by_role("region", name="Granted to")
    await expect(granted.get_by_text("user", exact=True)).to_be_visible()


async def test_a_plain_user_sees_what_was_granted_and_no_button_that_would_be_refused(
    page: Page, watch: Watch, stack: Stack
) -> None:
    await bring(stack, "Shared")
    await bring(stack, "Hidden")
    await store(stack, "Unused")
    grant = {"database": "source", "application": "Shared", "user": "user"}
    assert stack.request("POST", "/api/v1/grants", grant).status == 201
    await enter(page, stack, key_of(stack, "user"), "/applications?database=source")
    await expect(page.get_by_role("link", name="Shared")).to_be_visible()
    await expect(page.get_by_role("link", name="Hidden")).to_have_count(0)
    await page.get_by_role("link", name="Shared").click()
    await expect(page.get_by_role("link", name="Export").last).to_be_visible()
    for name in ("Copy", "Delete", "Grant access"):
        await expect(page.get_by_role("main").get_by_role("button", name=name, exact=True)).to_have_count(0)
    sections = page.get_by_role("navigation", name="Sections").get_by_role("link")
    await expect(sections).to_have_text(
        ["Overview", "Export", "Jobs", "Applications", "Archives", "Schedules", "Profile"]
    )
    await go(page, "/")
    await expect(page.get_by_role("heading", name="Jobs of user")).to_be_visible()
    await expect(page.get_by_role("main").get_by_role("link", name="Import")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Workers")).to_have_count(0)
    await go(page, "/tenants")
    await expect(page.get_by_role("heading", name="Tenants: your roles do not suffice")).to_be_visible()


async def test_damaged_entries_are_repaired_or_removed(page: Page, stack: Stack) -> None:
    run(stack, "source", "CREATE (:Application {Name: 'Broken', Version: 1}), (:Application {Name: 'Wrong', Kind: 7})")
    await enter(page, stack, key_of(stack), "/applications?database=source")
    damaged = page.get_by_role("region", name="Damaged entries")
    await expect(damaged.get_by_role("row").filter(has_text="Broken")).to_contain_text("Version is of type int")
    await damaged.get_by_role("button", name="Repair Broken").click()
    dialog = page.get_by_role("dialog", name="Repair Broken?")
    await expect(dialog.get_by_role("button", name="Repair")).to_be_disabled()
    await dialog.get_by_label("Version", exact=True).first.fill("1.5")
    await dialog.get_by_role("checkbox", name="Service id").check()
    assert await judge_accessibility(page) == []
    await dialog.get_by_role("button", name="Repair").click()
    await expect(page.get_by_role("link", name="Broken")).to_be_visible()
    await expect(damaged.get_by_role("row").filter(has_text="Broken")).to_have_count(0)
    await damaged.get_by_role("button", name="Remove Wrong").click()
    await page.get_by_role("dialog", name="Remove Wrong?").get_by_role("button", name="Remove").click()
    await expect(damaged).to_have_count(0)
    found = "MATCH (n:Application {Name: 'Broken'}) WITH n, n.Version AS version DELETE n RETURN version"
    assert run(stack, "source", found) == ["1.5"]
