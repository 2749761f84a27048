"""The messages of closed imports, to the letter."""

from __future__ import annotations

import orjson
import pytest

from gateway.dialects.darwin.views import view_import
from tests.support.summaries import read_recorded, record_of


@pytest.mark.parametrize("name", ["added", "replaced", "version_added"])
def test_an_import_answers_as_ever(name: str) -> None:
    assert orjson.dumps(view_import(record_of(name))) == orjson.dumps(read_recorded(f"darwin/{name}"))
