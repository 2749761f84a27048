"""Tests of the start on a Python of any age."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import infra.__main__ as start

_SOURCE = Path(start.__file__)


def test_an_old_python_is_refused_with_both_versions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    assert start.main() == 1
    said = capsys.readouterr().err
    assert "needs Python 3.11 or newer, and this is Python 3.9" in said
    assert "python3.11 -m infra demo" in said


def test_an_old_python_understands_the_start() -> None:
    for source in (_SOURCE, _SOURCE.with_name("__init__.py")):
        ast.parse(source.read_text(), feature_version=(3, 7))
