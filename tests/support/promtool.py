"""Prometheus' own judgement of rules and metrics."""

from __future__ import annotations

import subprocess

import pytest

from infra.proxies import find_program

PROMTOOL = find_program("promtool")
NEEDS_PROMTOOL = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool (Debian, Ubuntu: prometheus)")


def promtool(*words: str, given: str = "") -> None:
    command = [PROMTOOL or "promtool", *words]
    told = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
