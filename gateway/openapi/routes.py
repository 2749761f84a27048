"""The routes of the document itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.bodies.downloads import DOWNLOAD_HEADERS
from gateway.doc import TEXT, Answer, Doc, refusals
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
            doc=_describe("A page that shows this document, and needs nothing from elsewhere.", "text/html"),
            access=Access.PUBLIC,
        ),
        Route(
            method="GET",
            path="/docs/{file:[^/]+}",
            name="docs.part",
            endpoint=endpoints.get_part_of_page,
            doc=_describe("What that page consists of.", *endpoints.PART_MEDIA_TYPES, refused=refusals(404)),
            access=Access.PUBLIC,
        ),
    ]


def _describe(summary: str, *media_types: str, refused: frozenset[int] = frozenset()) -> Doc:
    whole = Answer(media_types=media_types, schema=TEXT)
    return Doc(
        summary=summary,
        answers={
            200: whole,
            206: replace(whole, text="The part that was asked for."),
            304: Answer(text="It is what the caller has.", media_types=()),
        },
        headers=DOWNLOAD_HEADERS,
        refusals=refusals(416) | refused,
    )
