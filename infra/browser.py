"""Finds the browser that tests and screenshots drive."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MACOS: Final = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

HOW_TO_INSTALL: Final = (
    "The tests of the Admin Center need Chromium, and there is none.\n"
    "Install it (Debian, Ubuntu: apt-get install -y chromium), or leave them out: python3 -m infra test --no-browser"
)


def find_chromium() -> Path | None:
    """Return the system's Chromium, or Chrome, which is built from it; None where there is neither."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is not None:
        return Path(found)
    return _MACOS if _MACOS.exists() else None
