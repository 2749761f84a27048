"""Puts files into the pages that show them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).resolve().parents[2] / "docs"

PAGE: Final = _DOCS / "proxies.md"

_SHOWN: Final = re.compile(r"(<!-- (?P<file>samples/[a-z.]+) -->\n```[a-z]*\n).*?(?=```\n)", re.DOTALL)
"""A comment with the file's name, and the block behind it."""


def write_page() -> str:
    """Return the page, each block as the file is that it shows."""
    return _SHOWN.sub(lambda shown: shown[1] + (_DOCS / shown["file"]).read_text(), PAGE.read_text())
