"""The route of the overview."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import SUPERVISORS
from gateway.dialects.native.base import API
from gateway.dialects.native.overview import endpoints
from gateway.dialects.native.overview.answers import OverviewAnswer
from gateway.doc import Answer, Doc
from gateway.route import Route


def list_overview_routes() -> Sequence[Route]:
    """List the routes."""
    return [
        Route(
            method="GET",
            path=f"{API}/overview",
            name="overview",
            endpoint=endpoints.get_overview,
            doc=Doc(summary="Tell how everything is doing.", answers={200: Answer(model=OverviewAnswer)}),
            roles=SUPERVISORS,
            is_polled=True,
        )
    ]
