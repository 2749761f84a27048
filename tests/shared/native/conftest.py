"""The codec, compiled where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.native.codec import Codec


@pytest.fixture(autouse=True, scope="session")
def compiled_codec() -> None:
    """Compile the codec; without it these tests have nothing to ask."""
    if not Codec(Path.cwd(), Path(sys.prefix)).ensure():
        pytest.skip("the codec cannot be compiled on this machine")
