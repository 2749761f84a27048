"""Tests of the page's source: what talks to the gateway knows nothing of what shows it."""

from __future__ import annotations

import re

import pytest

from gateway.admin_center.bundle import DIST

SOURCE = DIST.parent / "src"
IMPORTED = re.compile(r'from "\.\./(\w+)/')


@pytest.mark.parametrize(("folder", "below"), [("api", set()), ("state", {"api"})])
def test_a_folder_imports_what_stands_below_it(folder: str, below: set[str]) -> None:
    files = [*(SOURCE / folder).iterdir()]
    assert files
    assert {name for file in files for name in IMPORTED.findall(file.read_text())} <= below
