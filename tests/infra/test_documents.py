"""Tests that the documents say what the code does."""

from __future__ import annotations

import json

from infra.documents import commands as command_page
from infra.documents.errors import CHECKOUT, PAGE, write_page
from shared import errors
from shared.settings import PREFIX, Settings


def _codes(error: type[errors.GraphferryError]) -> set[str]:
    return {error.code}.union(*map(_codes, error.__subclasses__()))


def test_the_error_page_is_up_to_date() -> None:
    assert PAGE.read_text() == write_page(), "write it with: python3 -m infra.documents.errors"


def test_the_page_of_commands_is_up_to_date() -> None:
    written = command_page.PAGE.read_text()
    assert written == command_page.write_page(), "write it with: python3 -m infra.documents.commands"
    assert " -m " not in "".join(line for line in written.splitlines() if line.startswith("graphferry"))


def test_the_error_page_knows_every_code() -> None:
    page = PAGE.read_text()
    assert [code for code in _codes(errors.GraphferryError) if f"`{code}`" not in page] == []


def test_every_setting_is_described_with_its_default() -> None:
    rows = {}
    for line in (CHECKOUT / "docs" / "operations.md").read_text().splitlines():
        if line.startswith(f"| `{PREFIX}"):
            name, _, default = (cell.strip() for cell in line.strip("|").split("|"))
            rows[name.strip("`").removeprefix(PREFIX).lower()] = default.strip("`")
    defaults = json.loads(Settings().model_dump_json())
    expected = {
        name: json.dumps(value) if isinstance(value, dict | list) else str(value) for name, value in defaults.items()
    }
    expected["public_url"] = "http://host:port"
    assert rows == expected
