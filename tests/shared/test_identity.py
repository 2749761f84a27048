"""Tenant names are safe in paths."""

from __future__ import annotations

import pytest

from shared.errors import InvalidRequestError
from shared.identity import require_tenant_name


@pytest.mark.parametrize("name", ["acme", "A-1.b_c", "0" * 63])
def test_tenant_names_that_are_safe(name: str) -> None:
    assert require_tenant_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "a b", "ä", "a\n", "0" * 64, "\udc80"])
def test_tenant_names_that_are_not(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="is not allowed"):
        require_tenant_name(name)
