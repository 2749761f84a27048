"""The routes of imports."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.imports import endpoints
from gateway.route import Route


def list_import_routes() -> Sequence[Route]:
    """List the routes."""
    return [Route(method="POST", path=f"{API}/imports", name="imports.create", endpoint=endpoints.import_archive)]
