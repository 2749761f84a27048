"""A gateway on doubles."""

from __future__ import annotations

from tests.gateway.conftest import settings, start_gateway, world

__all__ = ["settings", "start_gateway", "world"]
