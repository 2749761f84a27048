"""Keeps the files of docs/samples that a page shows equal to those files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs"
PAGES: Final = (FOLDER / "ci.md", FOLDER / "proxies.md")

_SNIPPET: Final = re.compile(r"(?<=\n)\[`(samples/[^`]+)`\]\(\1\):\n\n```(\w*)\n.*?\n```\n", re.DOTALL)
"""A link to a file, and below it all of its text."""


def write_page(page: Path) -> bytes:
    """Return a page's content, with each file that it shows as the file is now."""
    return _SNIPPET.sub(_show, page.read_text()).encode()


def _show(found: re.Match[str]) -> str:
    name, language = found.groups()
    content = (FOLDER / name).read_text()
    return f"[`{name}`]({name}):\n\n```{language}\n{content}```\n"
