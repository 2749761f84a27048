"""The addresses of the Admin Center, the gateway's page."""

from __future__ import annotations

import sys
import webbrowser
from typing import Final
from urllib.parse import quote, urlencode

from shared.cli.shell import Session, Shell

_SCREENS: Final = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
"""Variables of which one is set where a browser has something to open a window on."""


def visit(shell: Shell, session: Session, *path: str, **query: str | None) -> None:
    """Print the address of what the path names, and at a terminal open it in the browser where there is one."""
    address = locate(session, *path, **query)
    session.display.give(address, {"address": address})
    if session.display.as_json or not shell.output.isatty() or not _has_screen(shell):
        return
    if webbrowser.open(address):
        session.display.say("Opened in the browser.")


def locate(session: Session, *path: str, **query: str | None) -> str:
    """Return the page's address of what a path such as jobs, ID names, for the tenant that is acted for."""
    asked = {name: value for name, value in {"tenant": session.tenant, **query}.items() if value}
    words = "/".join(quote(each, safe="") for each in path)
    return f"{session.gateway.url}/admin/#/{words}{f'?{urlencode(asked, quote_via=quote)}' if asked else ''}"


def _has_screen(shell: Shell) -> bool:
    return sys.platform == "darwin" or any(shell.environ.get(name) for name in _SCREENS)
