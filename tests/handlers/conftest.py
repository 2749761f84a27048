"""What the handlers' tests have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def process_log() -> Iterator[list[structlog.typing.EventDict]]:
    """The lines of the process's own log."""
    with structlog.testing.capture_logs() as lines:
        yield lines
