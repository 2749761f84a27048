"""Tests of what the page offers whom."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.scenes import bring
from tests.browser.watching import Watch, enter, go, key_of
from tests.support.archives.small import make_archive
from tests.support.stacks.stacks import Stack


async def test_a_user_without_roles_is_offered_what_is_allowed(page: Page, watch: Watch, stack: Stack) -> None:
    watch.expected = {404}
    content = await asyncio.to_thread(make_archive, "Foreign")
    stored = stack.request("PUT", "/api/v1/archives/foreign.zip", content, media_type="application/zip")
    assert stored.status == 201
    await enter(page, stack, key_of(stack, "user"), "/archives")
    sections = page.get_by_role("navigation", name="Sections").get_by_role("link")
    await expect(sections).to_have_text(
        ["Overview", "Export", "Jobs", "Applications", "Archives", "Schedules", "Profile"]
    )
    await expect(page.get_by_role("heading", name="No archives")).to_be_visible()
    for where, title in (("/import", "Import"), ("/access", "Users and access"), ("/tenants", "Tenants")):
        await go(page, where)
        await expect(page.get_by_role("heading", name=f"{title}: your roles do not suffice")).to_be_visible()
    await go(page, "/archives/foreign.zip")
    await expect(page.get_by_role("alert")).to_contain_text("file 'foreign.zip' not found")
    for action in ("Download", "Delete", "Import"):
        await expect(page.get_by_role("main").get_by_text(action, exact=True)).to_have_count(0)


async def test_an_importer_is_not_offered_uploads(page: Page, stack: Stack) -> None:
    await enter(page, stack, key_of(stack, "importer"), "/import?database=target")
    await expect(page.get_by_text("Uploads need the role ADMIN")).to_be_visible()
    await expect(page.get_by_role("button", name="choose files")).to_have_count(0)
    await expect(page.get_by_role("link", name="Users and access")).to_have_count(0)


async def test_a_supervisor_is_told_how_many_applications_of_a_job_are_hidden(
    page: Page, watch: Watch, stack: Stack
) -> None:
    watch.expected = {403}
    job_id = await bring(stack, "Concealed")
    body: dict[str, Any] = {"user": "overseer", "roles": ["supervisor:pf"]}
    assert stack.request("POST", "/api/v1/users", body).status == 201
    key = stack.request("POST", "/api/v1/keys", {"user": "overseer"}).body["key"]
    await enter(page, stack, key, f"/jobs/{job_id}")
    await expect(page.get_by_role("heading", name="Import 1 hidden application")).to_be_visible()
    await expect(page.get_by_text("1 hidden application: not yours to see.")).to_be_visible()


async def test_an_administrator_reads_who_did_what(page: Page, stack: Stack) -> None:
    assert stack.request("POST", "/api/v1/users", {"user": "audited", "roles": []}).status == 201
    await enter(page, stack, key_of(stack, "admin"), "/access")
    await page.get_by_role("link", name="Audit log").click()
    row = page.get_by_role("row").filter(has_text="/users/audited")
    await expect(row).to_contain_text("users.create")
    await expect(row).to_contain_text("201")
