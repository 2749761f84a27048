"""The routes of the document itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.bodies.downloads import describe_download
from gateway.doc import Answer, Doc, refusals
from gateway.openapi import endpoints
from gateway.route import Access, Route


def list_document_routes() -> Sequence[Route]:
    """List the routes, open to everybody: they tell nothing of what an installation holds."""
    return [
        Route(
            method="GET",
            path="/openapi.json",
            name="openapi",
            endpoint=endpoints.get_document,
            doc=Doc(summary="This document.", answers={200: Answer(model=dict[str, Any])}),
            access=Access.PUBLIC,
        ),
        Route(
            method="GET",
            path="/docs",
            name="docs",
            endpoint=endpoints.get_page,
            doc=describe_download("A page that shows this document, and needs nothing from elsewhere.", "text/html"),
            access=Access.PUBLIC,
        ),
        Route(
            method="GET",
            path="/docs/{file:[^/]+}",
            name="docs.part",
            endpoint=endpoints.get_part_of_page,
            doc=describe_download("What that page consists of.", *endpoints.PART_MEDIA_TYPES, refused=refusals(404)),
            access=Access.PUBLIC,
        ),
    ]
