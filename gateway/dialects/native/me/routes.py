"""The route of the caller's own identity."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.me import endpoints
from gateway.dialects.native.me.answers import MeAnswer
from gateway.doc import Answer, Doc
from gateway.route import Access, Route


def list_own_routes() -> Sequence[Route]:
    """List the routes."""
    return [
        Route(
            method="GET",
            path=f"{API}/me",
            name="me",
            endpoint=endpoints.get_me,
            doc=Doc(summary="Tell who the caller is.", answers={200: Answer(model=MeAnswer)}),
            access=Access.USER,
        )
    ]
