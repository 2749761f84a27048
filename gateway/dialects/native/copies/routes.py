"""The routes of copies."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.copies import endpoints
from gateway.route import Route


def list_copy_routes() -> Sequence[Route]:
    """List the routes."""
    return [Route(method="POST", path=f"{API}/copies", name="copies.create", endpoint=endpoints.copy_applications)]
