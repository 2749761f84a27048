"""The routes of the page."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.admin_center import endpoints
from gateway.route import Access, Endpoint, Route


def list_page_routes() -> Sequence[Route]:
    """List the routes: open to all, for the page shows nothing by itself."""

    def route(path: str, name: str, endpoint: Endpoint) -> Route:
        return Route(method="GET", path=path, name=f"admin.{name}", endpoint=endpoint, access=Access.PUBLIC)

    return [
        route("/admin", "redirect", endpoints.redirect_to_page),
        route("/admin/", "page", endpoints.get_page),
        route("/admin/assets/{name}", "asset", endpoints.get_asset),
    ]
