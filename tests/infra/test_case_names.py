"""The names of test cases: two processes share a run only if they name its cases alike."""

from __future__ import annotations

import gzip
import time

import pytest


def test_bytes_are_named_by_their_place(request: pytest.FixtureRequest) -> None:
    """What packs bytes may write the time into them; their value is no name for a case."""
    packed = [gzip.compress(b"x", mtime=moment) for moment in (0, time.time())]
    named = {
        request.config.hook.pytest_make_parametrize_id(config=request.config, val=each, argname="content")
        for each in packed
    }
    assert named == {"content"}
