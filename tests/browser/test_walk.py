"""Test of the whole way, from a tenant that is not there yet to its empty archive folder, by page alone."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.forms import archives_chosen, dialog_of, item_of, make_key_of_new_user, outcome_of
from tests.browser.watching import Watch, enter
from tests.support.archives.small import make_archive
from tests.support.holding import closed_gates
from tests.support.stacks.stacks import Stack

TENANT = "harbour"
FLEET_NODES = 2_000
SHIP = "Ship"
LAST_SHIP = f"Fleet{FLEET_NODES - 1}"


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two archives of one application each."""
    folder = tmp_path_factory.mktemp("archives")
    made = {
        "fleet.zip": make_archive("Fleet", texts=[str(number) for number in range(FLEET_NODES)], label=SHIP),
        "crew.zip": make_archive("Crew", texts=[""] * 3),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in made]


async def test_from_an_empty_tenant_to_an_empty_folder(
    watch: Watch, page: Page, stack: Stack, archives: list[Path]
) -> None:
    await enter(page, stack, stack.ready["super_admin"])
    await create_tenant(page)
    admin = await make_key_of_new_user(page, "ann", roles=["ADMIN"])
    reader = await make_key_of_new_user(page, "bob")
    await page.get_by_role("button", name="Sign out").click()
    await enter(page, stack, admin, "/import?database=target")
    await import_both(page, stack, archives)
    await read_summary_and_log(page)
    await grant(page, "fleet.zip", user="bob")
    other = await watch.open()
    await enter(other, stack, reader, "/applications?database=target")
    await expect(other.get_by_role("link", name="Fleet")).to_be_visible()
    await expect(other.get_by_role("link", name="Crew")).not_to_be_attached()
    await other.close()
    await page.bring_to_front()  # what lies behind another page is drawn, and clicked, but once a second
    await export_again(page)
    for name in ("Fleet", "Crew"):
        await delete_application(page, name)
    await delete_archives(page, ["fleet.zip", "crew.zip", "again.zip"])


async def create_tenant(page: Page) -> None:
    """Make the tenant with both databases, and act for it."""
    await page.get_by_role("link", name="All tenants").click()
    await page.get_by_role("button", name="New tenant").click()
    dialog = dialog_of(page, "New tenant")
    await dialog.get_by_label("Name").fill(TENANT)
    for database in ("source", "target"):
        await dialog.get_by_role("checkbox", name=database).check()
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog).not_to_be_attached()
    await page.get_by_role("link", name=TENANT).click()
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()


async def import_both(page: Page, stack: Stack, archives: list[Path]) -> None:
    """Upload both at once, read what the check found, import them one after the other: the first is held meanwhile."""
    await archives_chosen(page, archives)
    for archive, name, nodes in (("fleet.zip", "Fleet", f"{FLEET_NODES:,}"), ("crew.zip", "Crew", "3")):
        item = item_of(page, archive)
        row = item.get_by_role("row").filter(has_text=name)
        await expect(row).to_contain_text(nodes)
        await expect(row).to_contain_text("New")
        await expect(item).to_contain_text("for temporary files")
    await expect(page.get_by_role("link", name="Job and log")).to_have_count(0)
    with closed_gates(stack.place("target", SHIP), [LAST_SHIP]) as (gate,):
        await page.get_by_role("button", name="Import 2 archives").click()
        await expect(outcome_of(item_of(page, "fleet.zip"), "in_progress")).to_be_visible()
        await expect(item_of(page, "crew.zip")).to_contain_text("Waits for the tenant's turn")
        gate.open()
        for name in ("fleet.zip", "crew.zip"):
            await expect(outcome_of(item_of(page, name), "closed")).to_be_visible()


async def read_summary_and_log(page: Page) -> None:
    """Read what became of the first, there and in its log."""
    row = item_of(page, "fleet.zip").get_by_role("row").filter(has_text="Fleet")
    await expect(row).to_contain_text("Added")
    await expect(row).to_contain_text(f"{FLEET_NODES:,}")
    await item_of(page, "fleet.zip").get_by_role("link", name="Job and log").click()
    await expect(page.get_by_role("region", name="Log")).to_contain_text("job ended")
    await page.go_back()
    await expect(outcome_of(item_of(page, "fleet.zip"), "closed")).to_be_visible()


async def grant(page: Page, archive: str, *, user: str) -> None:
    """Give a user what was just imported."""
    await item_of(page, archive).get_by_role("button", name="Grant access").click()
    dialog = dialog_of(page, "Grant access")
    await dialog.get_by_label("User").select_option(user)
    await dialog.get_by_role("button", name="Grant", exact=True).click()
    await expect(dialog).not_to_be_attached()


async def export_again(page: Page) -> None:
    """Export both into one archive, and download it."""
    await page.get_by_role("link", name="Export", exact=True).click()
    for name in ("Fleet", "Crew"):
        await page.get_by_role("checkbox", name=name).check()
    await page.get_by_label("File name").fill("again.zip")
    await page.get_by_role("button", name="Export 2 applications").click()
    await expect(outcome_of(page.get_by_role("article", name="Export"), "closed")).to_be_visible()
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Download").click()
    content = await asyncio.to_thread(Path(await (await coming.value).path()).read_bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "manifest.json" in archive.namelist()


async def delete_application(page: Page, name: str) -> None:
    """Delete it, and see that the job is done."""
    await page.get_by_role("link", name="Applications", exact=True).click()
    await page.get_by_role("link", name=name).click()
    await page.get_by_role("button", name="Delete").click()
    dialog = dialog_of(page, f"Delete {name}?")
    await dialog.get_by_label("to confirm").fill(name)
    await dialog.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("region", name="State")).to_contain_text("Done")


async def delete_archives(page: Page, names: list[str]) -> None:
    """Delete every archive, the last leaves the folder empty."""
    await page.get_by_role("link", name="Archives", exact=True).click()
    for name in names:
        await page.get_by_role("button", name=f"Delete {name}").click()
        await dialog_of(page, "Delete this archive?").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("button", name=f"Delete {name}")).not_to_be_attached()
    await expect(page.get_by_role("heading", name="No archives")).to_be_visible()
