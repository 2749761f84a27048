"""Takes the pictures of a page: light, dark, narrow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, ViewportSize

from infra.screenshots.views import View

WAIT_MILLISECONDS = 30_000
_WIDE: Final[ViewportSize] = {"width": 1120, "height": 700}
_NARROW: Final[ViewportSize] = {"width": 360, "height": 680}

_SETTLE_MILLISECONDS = 250
"""What appears at the same time as the last text has its place by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page looks to somebody."""

    name: str
    viewport: ViewportSize
    scheme: Literal["light", "dark"]


LOOKS: Final = (
    Look(name="light", viewport=_WIDE, scheme="light"),
    Look(name="dark", viewport=_WIDE, scheme="dark"),
    Look(name="narrow", viewport=_NARROW, scheme="light"),
)


@dataclass(slots=True, kw_only=True)
class Camera:
    """Writes pictures to a folder."""

    browser: Browser
    url: str
    folder: Path
    count: int = 0
    bytes: int = 0

    async def take(self, view: View) -> None:
        """Write a picture of each look."""
        for look in LOOKS:
            await self._take(view, look)

    async def _take(self, view: View, look: Look) -> None:
        context = await self.browser.new_context(
            viewport=look.viewport, color_scheme=look.scheme, reduced_motion="reduce", timezone_id="UTC", locale="en-GB"
        )
        context.set_default_timeout(WAIT_MILLISECONDS)
        if view.key is not None:  # as the page itself keeps it
            await context.add_init_script(f"sessionStorage.setItem('graphferry.credential', '{view.key}')")
        page = await context.new_page()
        await page.goto(f"{self.url}/admin/#{view.where}")
        await page.locator("main").get_by_text(view.sees).first.wait_for()
        if view.act is not None:
            await view.act(page)
        await page.wait_for_timeout(_SETTLE_MILLISECONDS)
        picture = await page.screenshot(path=self.folder / f"{view.name}-{look.name}.png", animations="disabled")
        self.count += 1
        self.bytes += len(picture)
        await context.close()
