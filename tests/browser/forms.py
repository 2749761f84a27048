"""What a reader does with the forms of the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Locator, Page, expect


def dialog_of(page: Page, title: str) -> Locator:
    """Return the dialog of this title."""
    return page.get_by_role("dialog", name=title)


def item_of(page: Page, archive: str) -> Locator:
    """Return an archive on its way in."""
    return page.get_by_role("article", name=archive)


def outcome_of(item: Locator, status: str) -> Locator:
    """Return an item's job, where it has this status."""
    return item.locator(f".outcome[data-status={status}]")


async def choose(page: Page, files: Sequence[Path]) -> None:
    """Choose files for import."""
    await page.get_by_label("Archives", exact=True).set_input_files(files)


async def archives_chosen(page: Page, files: Sequence[Path]) -> None:
    """Choose files for import, and wait until all are uploaded and checked, under whatever names."""
    await choose(page, files)
    ready = page.get_by_role("article").filter(has=page.get_by_text("Ready", exact=True))
    await expect(ready).to_have_count(len(files))


async def make_key_of_new_user(page: Page, user: str, roles: Sequence[str] = ()) -> str:
    """Make a user of the tenant that is shown; return the key that the page shows once."""
    await page.get_by_role("link", name="Users and access").click()
    await page.get_by_role("button", name="New user").click()
    dialog = dialog_of(page, "New user")
    await dialog.get_by_label("User", exact=True).fill(user)
    for role in roles:
        await dialog.get_by_role("checkbox", name=role, exact=True).check()
    await dialog.get_by_role("button", name="Create").click()
    await dialog_of(page, f"New key for {user}").get_by_role("button", name="Make the key").click()
    shown = dialog_of(page, f"Key of {user}")
    key = await shown.locator("[data-secret]").inner_text()
    await shown.get_by_role("button", name="I have it").click()
    return key
