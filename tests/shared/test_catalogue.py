"""What the catalogue says of names."""

from __future__ import annotations

import pytest

from shared.catalogue import next_version, require_application_name, version_order
from shared.errors import InvalidRequestError
from shared.jobs.requests import VersionStep


@pytest.mark.parametrize("name", ["", "a\0b", "_FerryImport", "_ferry", "x" * 16_001])
def test_names_that_no_application_may_have(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="Application name"):
        require_application_name(name)


@pytest.mark.parametrize("name", ["a", "My `App` (2)", "日本:語", " ", "x" * 16_000])
def test_names_that_an_application_may_have(name: str) -> None:
    assert require_application_name(name) == name


@pytest.mark.parametrize("odd", ["9" * 5_000, "²", "\u0661", "", "-", "1..2"])
def test_versions_of_any_form_have_an_order_and_a_next_one(odd: str) -> None:
    assert version_order(odd) != version_order("0.0.9")
    assert all(next_version(odd, step) for step in VersionStep)
