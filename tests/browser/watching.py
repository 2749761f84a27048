"""Pages of one browser, whose errors are noted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Page, Request, expect

from tests.support.stacks.stacks import Stack

AXE: Final = Path(__file__).with_name("axe.min.js")

GO: Final = """
where => new Promise(follow => {
  const before = location.hash
  location.hash = where
  if (location.hash === before) follow()
  else addEventListener('hashchange', () => follow(), { once: true })
})
"""

_REFUSED: Final = re.compile(r"the server responded with a status of (\d+)")


class Watch:
    """The pages that one user has open."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.errors: list[str] = []
        """What a console showed as an error: violations of the security policy too."""
        self.expected: set[int] = set()
        """Answers that the test provokes: a console shows each as an error."""
        self.may_lose_connections = False
        """Whether the test breaks connections off, which a console shows as errors."""

    async def open(self) -> Page:
        """Open a page of its own, as a tab."""
        page = await self.context.new_page()
        page.on("console", self._note)
        page.on("pageerror", self._fail)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        refused = _REFUSED.search(message.text)
        if refused is not None and int(refused[1]) in self.expected:
            return
        if self.may_lose_connections and "net::ERR_" in message.text:
            return
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} {message.location.get('url')}")

    def _fail(self, error: Error) -> None:
        self.errors.append(str(error))


async def until_received(request: Request) -> None:
    """Wait until the page has the whole answer, or does not want it any more."""
    response = await request.response()
    if response is not None:
        await response.finished()


async def enter(page: Page, stack: Stack, key: str, where: str = "/") -> None:
    """Sign in with a key, at a place of the page."""
    await page.goto(f"{stack.ready['gateway']}/admin/#{where}")
    await page.get_by_label("Key or access token").fill(key)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("navigation", name="Sections")).to_be_attached()


async def go(page: Page, where: str) -> None:
    """Follow the address to another place of the page, and wait until the page has taken it in."""
    await page.evaluate(GO, where)


async def judge_accessibility(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it is."""
    await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{each['id']}: {each['help']}: {each['nodes'][0]['html']}" for each in found["violations"]]


def key_of(stack: Stack, name: str = "admin", tenant: str = "acme") -> str:
    """Return a key of a tenant."""
    key: str = stack.ready["tenants"][tenant]["keys"][name]
    return key
