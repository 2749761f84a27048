"""The table of routes is whole: each route has its form of errors, and its access."""

from __future__ import annotations

from collections import Counter

import pytest

from gateway.route import Access, Route
from gateway.routes import list_routes
from shared.jobs.record import Surface
from shared.settings.process import Settings
from tests.gateway.conftest import Client

ROUTES = list_routes(Settings())
HEALTH = {"healthz", "livez", "readyz"}
DOCUMENT = {"openapi", "docs", "docs.part"}
PAGE = {"admin.lead", "admin.redirect", "admin.page", "admin.asset"}
PROVED_OTHERWISE = {"spark.file", "spark.token"}
"""By a signed link, and by what the body holds."""


def path_of(route: Route) -> str:
    values = {
        "{job_id}": "01a2038b-0f42-700b-b8a1-47b5e23c6bdf",
        "{name:[^/]+}": "a.zip",
        "{database}": "source",
        "{tenant}": "acme",
        "{user:[^/]+}": "ann",
        "{key_id:[^/]+}": "x",
        "{grant_id:[^/]+}": "x",
        "{schedule_id:[^/]+}": "x",
        "{token}": "x",
        "{file:[^/]+}": "start.js",
        "{upload_id:[^/]+}": "01a2038b-0f42-700b-b8a1-47b5e23c6bdf",
        "{stray_id:[^/]+}": "x",
        "{entry:[^/]+}": "x",
        "{delivery_id:[^/]+}": "x",
    }
    path = route.path
    for name, value in values.items():
        path = path.replace(name, value)
    assert "{" not in path
    return path


def test_names_and_rows_are_unique() -> None:
    for key in (lambda route: route.name, lambda route: (route.method, route.path)):
        assert max(Counter(map(key, ROUTES)).values()) == 1


def test_only_health_the_document_and_the_page_are_public() -> None:
    assert {route.name for route in ROUTES if route.access is Access.PUBLIC} == HEALTH | DOCUMENT | PAGE | {
        "uploads.options"
    } | PROVED_OTHERWISE
    assert all(not route.roles for route in ROUTES if route.access is Access.PUBLIC)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_a_route_is_closed_to_strangers_in_its_own_form(client: Client, route: Route) -> None:
    response = await client.request(route.method, path_of(route))
    if route.access is Access.PUBLIC:
        missing = dict.fromkeys(("spark.file", "admin.asset", "admin.lead"), 404)
        statuses = {**missing, "spark.token": 400, "uploads.options": 204}
        assert response.status == statuses.get(route.name, 200)
        return
    assert response.status == 401
    assert response.headers["WWW-Authenticate"]
    if route.method == "HEAD":
        return
    body = await response.json()
    match route.surface:
        case Surface.IMAGING:
            assert body["error"]["code"] == "UNAUTHENTICATED"
        case Surface.SPARK:
            assert body["code"] == "UNAUTHENTICATED"
        case Surface.DARWIN:
            assert body["messageList"][0]["messageKey"] == "UNAUTHENTICATED"
        case _:
            assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("route", [each for each in ROUTES if each.method == "GET"], ids=lambda route: route.name)
async def test_what_answers_get_answers_head(client: Client, route: Route) -> None:
    got, head = await client.get(path_of(route)), await client.head(path_of(route))
    assert (head.status, await head.read()) == (got.status, b"")


async def test_the_imaging_base_path_is_a_setting(client: Client) -> None:
    del client
    routes = list_routes(Settings(imaging_base_path="/etl"))
    assert {route.path for route in routes if route.surface is Surface.IMAGING} == {
        "/etl/app/export",
        "/etl/app/import",
    }
