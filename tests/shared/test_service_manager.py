"""Tests of what a service manager is told; the processes' own are with gateways and workers."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from shared.service_manager import VARIABLE, tell_ready, tell_stopping
from tests.support.service_managers import open_service_manager


@pytest.mark.parametrize("is_abstract", [False, True], ids=["path", "abstract"])
def test_it_hears_each_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_abstract: bool) -> None:
    address = f"@{uuid4()}" if is_abstract else str(tmp_path / "notify")
    with open_service_manager(address) as manager:
        monkeypatch.setenv(VARIABLE, address)
        tell_ready()
        tell_stopping(seconds=75.5)
        assert manager.hear() == "READY=1"
        assert manager.hear() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=75500000"


@pytest.mark.parametrize("address", [None, "", "nowhere", "@", "x" * 200])
def test_one_that_does_not_listen_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    if address is not None:
        monkeypatch.setenv(VARIABLE, address)
    tell_ready()
    tell_stopping(seconds=1)
