"""A dialect that no module of the gateway names: all that the gateway needs of it stands in the table of dialects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpClient
from typing_extensions import TypedDict

from gateway.app import create_app
from gateway.bodies.responses import respond_json
from gateway.dialect import Dialect
from gateway.doc import Answer, Doc, refusals
from gateway.error_facts import ErrorFacts
from gateway.keys import CALLER
from gateway.route import Route
from gateway.routes import DIALECTS
from shared.jobs.record import Surface
from shared.settings.process import Settings
from tests.gateway.conftest import Client, GatewayServer, World

SURFACE = Surface.DARWIN
"""Whose place it takes, for job records hold no other word."""


class Refused(TypedDict):
    """An error of the dialect."""

    refused: str
    because: str


class Greeting(TypedDict):
    """An answer of the dialect."""

    hello: str


async def greet(request: web.Request) -> web.Response:
    """GET /harbour/greeting."""
    return respond_json(Greeting(hello=request[CALLER].user))


def list_harbour_routes(settings: Settings) -> Sequence[Route]:
    del settings
    doc = Doc(summary="Greet.", answers={200: Answer(model=Greeting)}, refusals=refusals(409))
    return [
        Route(method="GET", path="/harbour/greeting", name="harbour.greet", endpoint=greet, doc=doc, surface=SURFACE)
    ]


def form_refusal(facts: ErrorFacts) -> Mapping[str, Any]:
    return Refused(refused=facts.code, because=facts.message)


HARBOUR = Dialect(
    surface=SURFACE,
    list_routes=list_harbour_routes,
    owns_path=lambda path, _: path.startswith("/harbour/"),
    form_error=form_refusal,
    error_model=Refused,
    error_media_type="application/vnd.harbour+json",
    challenges=("Basic",),
)


@pytest.fixture
async def harbour(world: World, aiohttp_client: AiohttpClient) -> Client:
    table = [HARBOUR if each.surface is SURFACE else each for each in DIALECTS]
    return await aiohttp_client(GatewayServer(create_app(world.settings, nullcontext(world.resources()), table)))


async def test_its_routes_are_served(harbour: Client, world: World) -> None:
    response = await harbour.get("/harbour/greeting", headers=world.as_("user"))
    assert (response.status, await response.json()) == (200, {"hello": "user"})


async def test_errors_at_its_routes_have_its_form(harbour: Client) -> None:
    response = await harbour.get("/harbour/greeting")
    assert response.status == 401
    assert response.content_type == "application/vnd.harbour+json"
    assert response.headers["WWW-Authenticate"] == 'Basic realm="graphferry", charset="UTF-8"'
    assert (await response.json())["refused"] == "UNAUTHENTICATED"


async def test_errors_at_its_paths_have_its_form_without_a_route(harbour: Client) -> None:
    response = await harbour.get("/harbour/nowhere")
    assert (response.status, response.content_type) == (404, "application/vnd.harbour+json")
    assert await response.json() == {"refused": "NOT_FOUND", "because": "There is nothing at '/harbour/nowhere'."}


async def test_the_document_describes_it(harbour: Client) -> None:
    document = await (await harbour.get("/openapi.json")).json()
    answers = document["paths"]["/harbour/greeting"]["get"]["responses"]
    refusal = document["components"]["responses"][f"{SURFACE}-409"]
    assert answers["409"] == {"$ref": f"#/components/responses/{SURFACE}-409"}
    assert refusal["content"] == {"application/vnd.harbour+json": {"schema": {"$ref": "#/components/schemas/Refused"}}}
    assert set(document["components"]["schemas"]["Refused"]["properties"]) == {"refused", "because"}
    assert document["paths"].keys() >= {"/imaging/etl/api/app/export", "/harbour/greeting", "/api/v1/jobs"}


async def test_nothing_is_left_of_the_dialect_whose_place_it_takes(harbour: Client) -> None:
    response = await harbour.post("/darwin/api/2.0/exportimport/export")
    assert (response.status, response.content_type) == (404, "application/problem+json")
    document = await (await harbour.get("/openapi.json")).json()
    assert not [path for path in document["paths"] if path.startswith("/darwin")]


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/imaging/etl/api/x", Surface.IMAGING),
        ("/imaging/etl", Surface.NATIVE),
        ("/darwin/x", Surface.DARWIN),
        ("/darwin/api/v4/x", Surface.DARWIN),
        ("/acme/api/v4", Surface.SPARK),
        ("/default/acme/api/v4/x", Surface.SPARK),
        ("/files/x/y", Surface.SPARK),
        ("/auth/realms/acme", Surface.SPARK),
        ("/api/v1/x", Surface.NATIVE),
        ("/", Surface.NATIVE),
    ],
)
def test_the_first_dialect_that_owns_a_path_has_its_errors(path: str, surface: Surface) -> None:
    assert next(each.surface for each in DIALECTS if each.owns_path(path, Settings())) is surface
