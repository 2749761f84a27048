"""The one table of dialects, and the one of routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway import health
from gateway.admin_center.routes import list_page_routes
from gateway.dialect import Dialect
from gateway.dialects.darwin.dialect import DARWIN
from gateway.dialects.imaging.dialect import IMAGING
from gateway.dialects.native.dialect import NATIVE
from gateway.dialects.spark.dialect import SPARK
from gateway.doc import Answer, Doc
from gateway.openapi.routes import list_document_routes
from gateway.route import Access, Route
from shared.jobs.record import Surface
from shared.settings.process import Settings

DIALECTS: Final = (IMAGING, DARWIN, SPARK, NATIVE)
"""The first that owns a path has its errors; the last owns every path."""


def list_routes(settings: Settings, dialects: Sequence[Dialect] = DIALECTS) -> Sequence[Route]:
    """List every route, by surface: that is the order of the document. GET routes answer HEAD too."""
    by_surface = sorted(dialects, key=lambda each: tuple(Surface).index(each.surface))
    return [
        *(route for dialect in by_surface for route in dialect.list_routes(settings)),
        *list_page_routes(),
        *_health_routes(),
        *list_document_routes(),
    ]


def _health_routes() -> Sequence[Route]:
    alive = Doc(summary="Tell that the process answers.", answers={200: Answer(model=health.LivenessAnswer)})
    ready = Doc(
        summary="Tell whether jobs are taken, and which engines answer.",
        answers={
            200: Answer(text="Jobs are taken.", model=health.ReadinessAnswer),
            503: Answer(text="No job is taken, or no archive can be written.", model=health.ReadinessAnswer),
        },
    )
    endpoints = {
        "healthz": (health.get_liveness, alive),
        "livez": (health.get_liveness, alive),
        "readyz": (health.get_readiness, ready),
    }
    return [
        Route(
            method="GET",
            path=f"/{name}",
            name=name,
            endpoint=endpoint,
            doc=doc,
            access=Access.PUBLIC,
            is_polled=True,
        )
        for name, (endpoint, doc) in endpoints.items()
    ]
