"""The routes of exports."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.exports import endpoints
from gateway.route import Route


def list_export_routes() -> Sequence[Route]:
    """List the routes."""
    return [Route(method="POST", path=f"{API}/exports", name="exports.create", endpoint=endpoints.export_applications)]
