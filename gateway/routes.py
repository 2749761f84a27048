"""The one table of routes."""

from __future__ import annotations

from collections.abc import Sequence

from gateway import health
from gateway.admin_center.routes import list_page_routes
from gateway.dialects.darwin.routes import list_darwin_routes
from gateway.dialects.imaging.routes import list_imaging_routes
from gateway.dialects.native.routes import list_native_routes
from gateway.dialects.spark.routes import list_spark_routes
from gateway.doc import Answer, Doc
from gateway.openapi.routes import list_document_routes
from gateway.route import Access, Route
from shared.settings import Settings


def list_routes(settings: Settings) -> Sequence[Route]:
    """List every route. GET routes answer HEAD too."""
    return [
        *list_imaging_routes(settings.imaging_base_path),
        *list_spark_routes(settings.environment),
        *list_darwin_routes(),
        *list_native_routes(),
        *list_page_routes(),
        *_health_routes(),
        *list_document_routes(),
    ]


def _health_routes() -> Sequence[Route]:
    alive = Doc(summary="Tell that the process answers.", answers={200: Answer(model=health.LivenessAnswer)})
    ready = Doc(
        summary="Tell which engines answer.",
        answers={
            200: Answer(text="All do.", model=health.ReadinessAnswer),
            503: Answer(text="Not all do.", model=health.ReadinessAnswer),
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
