"""Keeps the table of the chart's values in docs/deployment.md."""

from __future__ import annotations

import re
from typing import Final

from infra.deploy.facts import CHECKOUT
from infra.deploy.values import write_table

PAGE: Final = CHECKOUT / "docs" / "deployment.md"

_TABLE: Final = re.compile(r"^\| value \| meaning \| default \|\n(?:\|.*\n)+", re.MULTILINE)


def write_page() -> str:
    """Return the page's text, with the table as the chart's values are now."""
    return _TABLE.sub(lambda _: write_table(), PAGE.read_text())
