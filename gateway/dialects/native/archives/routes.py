"""The routes of archives."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.archives import endpoints
from gateway.dialects.native.base import API
from gateway.rights import ADMINISTRATORS
from gateway.route import Route


def list_archive_routes() -> Sequence[Route]:
    """List the routes."""
    archive = f"{API}/archives/{{name:[^/]+}}"
    return [
        Route(method="GET", path=f"{API}/archives", name="archives.list", endpoint=endpoints.list_archives),
        Route(method="GET", path=archive, name="archives.download", endpoint=endpoints.download_archive),
        Route(method="GET", path=f"{archive}/inspect", name="archives.inspect", endpoint=endpoints.inspect_archive),
        Route(
            method="PUT",
            path=archive,
            name="archives.upload",
            endpoint=endpoints.upload_archive,
            roles=ADMINISTRATORS,
        ),
        Route(
            method="DELETE",
            path=archive,
            name="archives.delete",
            endpoint=endpoints.delete_archive,
            roles=ADMINISTRATORS,
        ),
    ]
