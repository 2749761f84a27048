"""What the catalogue says of names."""

from __future__ import annotations

import pytest

from shared.catalogue import require_application_name
from shared.errors import InvalidRequestError


@pytest.mark.parametrize("name", ["", "a\0b", "_FerryImport", "_ferry", "x" * 16_001])
def test_names_that_no_application_may_have(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="Application name"):
        require_application_name(name)


@pytest.mark.parametrize("name", ["a", "My `App` (2)", "日本:語", " ", "x" * 16_000])
def test_names_that_an_application_may_have(name: str) -> None:
    assert require_application_name(name) == name
