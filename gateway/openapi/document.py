"""The whole document, in the form of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from gateway.dialect import Dialect
from gateway.openapi.operations import describe_route, path_of
from gateway.openapi.refusals import describe_refusals
from gateway.openapi.schemas import Schemas
from gateway.openapi.security import SCHEMES
from gateway.route import Route
from gateway.server.front import make_front
from shared.jobs.record import Surface
from shared.settings.process import Settings

_ABOUT = (
    "Moves applications (named subgraphs) between Neo4j databases and tenants, as ZIP archives of GraphML. "
    "Every answer carries X-Request-Id. Every GET answers HEAD too."
)

_SURFACES: Final[Mapping[Surface, str]] = MappingProxyType(
    {
        Surface.IMAGING: "For scripts and administrators of a viewer.",
        Surface.SPARK: "For tenants of a service platform, with their SDK.",
        Surface.DARWIN: "For administrators of a catalogue.",
        Surface.NATIVE: "Jobs, archives and their administration; the page; this document.",
    }
)


def describe_api(
    routes: Sequence[Route], dialects: Sequence[Dialect], settings: Settings, version: str
) -> Mapping[str, Any]:
    """Return the document; its dialects come in the order in which the routes have them."""
    by_surface = {each.surface: each for each in dialects}
    listed = [by_surface[surface] for surface in dict.fromkeys(route.surface for route in routes)]
    schemas = Schemas(routes, listed)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(path_of(route), {})[route.method.lower()] = describe_route(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Graphferry", "version": version, "description": _ABOUT, "license": _LICENSE},
        "servers": [{"url": make_front(settings).base}],
        "tags": [{"name": each.surface.value, "description": _SURFACES[each.surface]} for each in listed],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "securitySchemes": dict(SCHEMES),
            "responses": describe_refusals(schemas, listed, routes),
            "headers": {"RequestId": {"description": "Names the request in our log.", "schema": {"type": "string"}}},
        },
    }


def place(document: Mapping[str, Any], base: str) -> Mapping[str, Any]:
    """Return the document as it is where links begin with this base."""
    return {**document, "servers": [{"url": base}]}


_LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
