"""How the caller is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.caller import Caller
from shared.identity import Principal


def view_me(principal: Principal, caller: Caller | None, databases: Sequence[str]) -> Mapping[str, Any]:
    """Return who the caller is; without a tenant where none is named."""
    return {
        "user": principal.user,
        "tenant": None if caller is None else caller.tenant,
        "roles": sorted(principal.roles),
        "databases": list(databases),
    }
