"""The statuses that routes refuse with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.dialect import Dialect
from gateway.openapi.schemas import Schemas
from gateway.route import Access, Route
from shared.jobs.record import Surface

_TEXTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The request is wrong: mend it, then send it again.",
        401: "There are no credentials, or they are bad.",
        403: "The caller may not do this.",
        404: "It does not exist, or is not the caller's to see.",
        405: "The method is not allowed here.",
        408: "The body did not arrive in time.",
        409: "The present state forbids it.",
        412: "A condition of the request does not hold.",
        413: "It is above a limit.",
        414: "The path and query are too long.",
        415: "The body comes in a form that is not accepted.",
        416: "The range lies behind the end.",
        422: "The archive is refused, or the Idempotency-Key came with another request before.",
        423: "Another request is writing to it.",
        429: "Too many requests, or too many bad credentials.",
        431: "The headers are too large.",
        460: "The checksum is not that of what arrived.",
        503: "Something needed is out of reach, or full: try again later.",
        504: "It goes on, but not while the caller waits.",
        507: "The archive volume is full.",
    }
)
_HEADERS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        401: ("WWW-Authenticate", "How to show credentials."),
        429: ("Retry-After", "Seconds to wait."),
        503: ("Retry-After", "Seconds to wait."),
    }
)
_OF_CALLERS = frozenset({400, 401, 404, 429, 503})
"""Credentials, the tenant that is named, the rate of requests, the store that knows all three."""
_OF_BODIES = frozenset({400, 408, 413, 415})
_OF_HEADS = frozenset({414, 431})
"""Told before anybody knows which surface is meant."""


def list_refusals(route: Route) -> frozenset[int]:
    """Return every status that the route may refuse with."""
    found = route.doc.refusals | _OF_HEADS
    if route.access is not Access.PUBLIC:
        found |= _OF_CALLERS
    if route.roles or route.all_roles:
        found |= {403}
    if route.doc.body is not None:
        found |= _OF_BODIES
    if route.method != "GET":
        found |= {412}
    return found | ({400} if route.doc.query is not None else frozenset())


def name_refusal(surface: Surface, status: int) -> str:
    """Return the name of a refusal among the document's components."""
    told_by = Surface.NATIVE if status in _OF_HEADS else surface
    return f"{told_by.value}-{status}"


def describe_refusals(schemas: Schemas, dialects: Iterable[Dialect], routes: Iterable[Route]) -> Mapping[str, Any]:
    """Return the refusals of these routes, each once, by name."""
    wanted = {name_refusal(route.surface, status) for route in routes for status in list_refusals(route)}
    return {
        name: {
            "description": text,
            "content": {dialect.error_media_type: {"schema": schemas.of_answer(dialect.error_model)}},
            "headers": _describe_headers(status),
        }
        for dialect in dialects
        for status, text in _TEXTS.items()
        if (name := f"{dialect.surface.value}-{status}") in wanted
    }


def _describe_headers(status: int) -> Mapping[str, Any]:
    described: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if status in _HEADERS:
        name, text = _HEADERS[status]
        described[name] = {"description": text, "schema": {"type": "string"}}
    return described
