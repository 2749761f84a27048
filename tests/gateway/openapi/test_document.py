"""The document describes every route, and is what its format demands."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from itertools import chain
from typing import Any

import jsonschema
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway import app
from gateway.__main__ import main
from gateway.bodies.responses import to_json
from gateway.openapi.document import describe_api
from gateway.openapi.operations import path_of
from gateway.openapi.refusals import list_refusals
from gateway.route import Access, Route
from gateway.routes import DIALECTS, list_routes
from shared.jobs.requests import (
    ApplicationChoice,
    ApplicationReference,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    JobRequest,
)
from shared.settings.process import Settings
from tests.gateway.conftest import Client, StartGateway, World

ROUTES = list_routes(Settings())
SETTINGS = Settings(public_url="https://ferry.example/base/")
DOCUMENT: Any = orjson.loads(to_json(describe_api(ROUTES, DIALECTS, SETTINGS, "1.2.3")))


def operation_of(route: Route) -> Any:
    return DOCUMENT["paths"][path_of(route)][route.method.lower()]


def test_the_document_is_valid() -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def find_references(part: object) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            yield from chain.from_iterable(map(find_references, part.values()))
        case list():
            yield from chain.from_iterable(map(find_references, part))
        case _:
            pass


def test_every_reference_leads_to_a_component_and_to_every_component_a_reference() -> None:
    named = {kind: found for kind, found in DOCUMENT["components"].items() if kind != "securitySchemes"}
    components = {f"#/components/{kind}/{name}" for kind, found in named.items() for name in found}
    assert set(find_references(DOCUMENT)) == components


def test_schemas_are_named_as_generators_name_classes() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name in schemas if not name.isidentifier() or "_" in name] == []
    assert {name: schema["title"] for name, schema in schemas.items() if schema.get("title", name) != name} == {}


def test_it_leads_to_the_public_address() -> None:
    assert DOCUMENT["servers"] == [{"url": "https://ferry.example/base"}]
    assert DOCUMENT["info"]["version"] == "1.2.3"


def test_it_has_each_route_once() -> None:
    assert sum(map(len, DOCUMENT["paths"].values())) == len(ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_a_query_is_not_null() -> None:
    operations = [each for path in DOCUMENT["paths"].values() for each in path.values()]
    queried = [each["schema"] for one in operations for each in one["parameters"] if each["in"] == "query"]
    assert queried
    assert [schema for schema in queried if "null" in str(schema)] == []


REQUESTS = (
    ExportRequest(database="a", applications=(ApplicationReference(name="b"),), archive_name="c"),
    ImportRequest(database="a", archive_name="b"),
    ImportRequest(database="a", archive_name="b", choices=(ApplicationChoice(source_name="c", name="d"),)),
    CopyRequest(from_database="a", to_database="b", choices=(ApplicationChoice(source_name="c", name="d"),)),
    DeleteRequest(database="a", name="b"),
    InspectRequest(database="a", archive_name="b"),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: type(each).__name__)
def test_a_reader_knows_by_its_fields_which_request_a_job_has(request_: JobRequest) -> None:
    field = DOCUMENT["components"]["schemas"]["JobAnswer"]["properties"]["request"]
    answered = orjson.loads(to_json(request_))
    jsonschema.Draft202012Validator({**field, "components": DOCUMENT["components"]}).validate(answered)
    assert len(field["oneOf"]) == 5
    schema = DOCUMENT["components"]["schemas"][type(request_).__name__]
    assert sorted(schema["required"]) == sorted(answered)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_is_described(route: Route) -> None:
    described = operation_of(route)
    assert described["operationId"] == route.name
    assert described["summary"].endswith(".")
    assert bool(described["security"]) is (route.access is not Access.PUBLIC)
    assert any(200 <= int(status) < 300 or status in {"302", "308"} for status in described["responses"])
    assert {int(status) for status in described["responses"]} == set(route.doc.answers) | list_refusals(route)
    assert all(role in described["description"] for role in route.roles | route.all_roles)


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.doc.body and each.doc.body.model], ids=lambda route: route.name
)
def test_a_body_has_an_example_that_is_good(route: Route) -> None:
    (content,) = operation_of(route)["requestBody"]["content"].values()
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(content["example"])
    assert route.doc.body is not None
    assert route.doc.body.model is not None
    route.doc.body.model.model_validate(content["example"])


async def test_it_is_served_to_everybody(client: Client) -> None:
    answer = await client.get("/openapi.json")
    served = await answer.json()
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert served["paths"].keys() == DOCUMENT["paths"].keys()


async def test_a_page_shows_it_without_anything_from_elsewhere(client: Client) -> None:
    page = await client.get("/docs")
    text = await page.text()
    assert (page.status, page.content_type) == (200, "text/html")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert "<style" not in text
    icon, *parts = (word.split('"')[1] for word in text.split() if word.startswith(("src=", "href=")))
    assert icon == "data:,"
    assert parts == ["docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"]
    for part, media_type in zip(parts, ("text/css", "text/javascript", "text/javascript"), strict=True):
        answer = await client.get(f"/{part}")
        assert (answer.status, answer.content_type) == (200, media_type)
        assert await answer.read()


@pytest.mark.parametrize("name", ["index.html", "none.js", "..%2Fendpoints.py"])
async def test_what_is_no_part_of_the_page_is_not_sent(client: Client, name: str) -> None:
    assert (await client.get(f"/docs/{name}")).status == 404


def test_a_command_prints_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["gateway", "--openapi"])
    assert main() == 0
    assert orjson.loads(capsys.readouterr().out)["paths"] == DOCUMENT["paths"]


async def test_others_are_served_while_it_is_drawn(
    start_gateway: StartGateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def draw(*words: Any) -> Any:
        drawn.append(threading.get_ident())
        return describe_api(*words)

    monkeypatch.setattr(app, "describe_api", draw)
    client = await start_gateway(world.resources())
    assert (await client.get("/openapi.json")).status == 200
    assert len(drawn) == 1
    assert threading.get_ident() not in drawn
