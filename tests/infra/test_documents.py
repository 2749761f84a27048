"""Tests that the documents say what the code does."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from infra.documents import command as documents
from infra.documents.command import WRITTEN_BY, Document, list_documents, run_documents
from infra.documents.commands import PAGE as COMMAND_PAGE
from infra.documents.errors import CHECKOUT, PAGE
from shared import errors
from shared.cli.exit_codes import ExitCode
from shared.settings.process import PREFIX, SECRETS, Settings


def _codes(error: type[errors.GraphferryError]) -> set[str]:
    return {error.code}.union(*map(_codes, error.__subclasses__()))


@pytest.mark.parametrize("document", list_documents(), ids=lambda each: each.file.name)
def test_a_document_is_up_to_date(document: Document) -> None:
    assert document.is_current(document.write()), f"write it with: {WRITTEN_BY}"


def test_the_page_of_commands_shows_what_is_typed() -> None:
    lines = COMMAND_PAGE.read_text().splitlines()
    assert " -m " not in "".join(line for line in lines if line.startswith("graphferry"))


def test_the_page_of_pipelines_shows_its_samples_and_explains_every_exit_code() -> None:
    page = (CHECKOUT / "docs" / "ci.md").read_text()
    samples = list((CHECKOUT / "docs" / "samples" / "ci").iterdir())
    assert len(samples) == 4
    assert [each.name for each in samples if f"\n{each.read_text()}```\n" not in page] == []
    explained = {int(code) for row in re.findall(r"^\| ([0-9, ]+) \|", page, re.MULTILINE) for code in row.split(",")}
    assert explained == set(ExitCode)


def test_the_threat_table_names_tests_that_exist() -> None:
    rows = [line for line in (CHECKOUT / "docs/security.md").read_text().splitlines() if "test_" in line]
    assert rows
    for row in rows:
        folder = CHECKOUT
        for name in re.findall(r"`([\w/]+(?:\.py)?)`", row.split("|")[3]):
            path = CHECKOUT / name if name.startswith("tests/") else folder / name
            assert path.exists(), f"{name} in {row}"
            folder = path.parent


@pytest.fixture
def stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The single document that there is; its content is old."""
    file = tmp_path / "page.md"
    file.write_text("old")
    monkeypatch.setattr(documents, "list_documents", lambda: [Document(file=file, write=lambda: b"new")])
    return file


def test_a_stale_document_is_named_with_the_command(stale: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_documents(stale.parent, argparse.Namespace(check=True)) == 1
    assert capsys.readouterr().err == f"error: page.md is not what the code gives; write it with: {WRITTEN_BY}\n"
    assert stale.read_text() == "old"


def test_a_stale_document_is_written(stale: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_documents(stale.parent, argparse.Namespace(check=False)) == 0
    assert stale.read_text() == "new"
    assert run_documents(stale.parent, argparse.Namespace(check=True)) == 0
    assert capsys.readouterr().out == "Wrote page.md.\nThe documents are what the code gives.\n"


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
    expected |= {f"{name}_file": "None" for name in SECRETS}
    assert rows == expected
