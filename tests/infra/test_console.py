"""What infra says to the person who started it."""

from __future__ import annotations

import re

import pytest

from infra.console import begin


def test_a_step_is_told_when_it_begins_with_the_seconds_so_far(capsys: pytest.CaptureFixture[str]) -> None:
    begin("Starting valkey")
    begin("Waiting")
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r" *\d+\.\d s  Starting valkey …", first)
    assert float(second.split()[0]) >= float(first.split()[0])
