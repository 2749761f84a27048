"""The routes of the page."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.admin_center import endpoints
from gateway.admin_center.bundle import MEDIA_TYPES
from gateway.doc import TEXT, Answer, Doc, refusals
from gateway.route import Access, Endpoint, Route


def list_page_routes() -> Sequence[Route]:
    """List the routes: open to all, for the page shows nothing by itself."""

    def route(path: str, name: str, endpoint: Endpoint, doc: Doc) -> Route:
        return Route(method="GET", path=path, name=f"admin.{name}", endpoint=endpoint, doc=doc, access=Access.PUBLIC)

    moved = Answer(text="Where the page is.", media_types=(), headers={"Location": "The page, beside this address."})
    return [
        route(
            "/",
            "lead",
            endpoints.lead_to_page,
            Doc(
                summary="Lead browsers, which ask for HTML, to the Admin Center; for others there is nothing here.",
                answers={302: moved},
                refusals=refusals(404),
            ),
        ),
        route(
            "/admin",
            "redirect",
            endpoints.redirect_to_page,
            Doc(summary="Lead to the Admin Center.", answers={308: moved}),
        ),
        route(
            "/admin/",
            "page",
            endpoints.get_page,
            Doc(
                summary="The Admin Center: a page that calls this API.",
                answers={200: Answer(media_types=("text/html",), schema=TEXT)},
            ),
        ),
        route(
            "/admin/assets/{file:[^/]+}",
            "asset",
            endpoints.get_asset,
            Doc(
                summary="What that page consists of.",
                answers={200: Answer(media_types=tuple(MEDIA_TYPES.values()), schema=TEXT)},
                refusals=refusals(404),
            ),
        ),
    ]
