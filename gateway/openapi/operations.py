"""One route as an operation of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.doc import Answer, Body, Doc
from gateway.middlewares.auth import TENANT_HEADER
from gateway.openapi.refusals import list_refusals, name_refusal
from gateway.openapi.schemas import Schemas
from gateway.openapi.security import NEEDED
from gateway.route import Access, Route

_PLACE = re.compile(r"{(\w+)(?::[^{}]*)?}")

_PLACES: Mapping[str, tuple[str, str | None, str]] = {
    "job_id": ("A job.", "uuid", "01a2038b-0f42-700b-b8a1-47b5e23c6bdf"),
    "upload_id": ("An upload.", "uuid", "01a2038b-0f42-700b-b8a1-47b5e23c6bdf"),
    "stray_id": ("A stray.", None, "5f70bf18a086007016e948b04aed3b82"),
    "tenant": ("A tenant.", None, "acme"),
    "database": ("A database of the tenant.", None, "source"),
    "token": ("What a signed link ends with.", None, "eyJhbGciOiJIUzI1NiJ9"),
    "name": ("A name, percent-encoded.", None, "MyApp.zip"),
}
"""What stands in a path: what it is, its format, an example."""


def path_of(route: Route) -> str:
    """Return the path without the patterns of its places."""
    return _PLACE.sub(r"{\1}", route.path)


def describe_route(route: Route, schemas: Schemas) -> Mapping[str, Any]:
    """Return the operation."""
    doc = route.doc
    described: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.surface.value],
        "summary": doc.summary,
        "parameters": [*_list_parameters(route, schemas)],
        "responses": _describe_answers(route, schemas),
        "security": [] if route.access is Access.PUBLIC else NEEDED,
    }
    if needed := _describe_roles(route):
        described["description"] = needed
    if doc.body is not None:
        content = _describe_body(doc.body, schemas)
        described["requestBody"] = {
            "required": doc.body.is_required,
            "content": dict.fromkeys(doc.body.media_types, content),
        }
    return described


def _describe_roles(route: Route) -> str:
    told = [f"Needs the roles {', '.join(sorted(route.all_roles))}."] if route.all_roles else []
    told += [f"Needs one of the roles {', '.join(sorted(route.roles))}."] if route.roles else []
    return " ".join(told)


def _describe_body(body: Body, schemas: Schemas) -> Mapping[str, Any]:
    described = {"schema": {**body.schema} if body.model is None else schemas.of_body(body.model)}
    return described if body.example is None else {**described, "example": body.example}


def _list_parameters(route: Route, schemas: Schemas) -> Iterator[Mapping[str, Any]]:
    for name in _PLACE.findall(route.path):
        yield _describe_place(name)
    if route.access is not Access.PUBLIC:
        yield _describe_header(TENANT_HEADER, "The tenant to act for, where the key leaves it open.")
    for name, text in route.doc.headers.items():
        yield _describe_header(name, text)
    if route.doc.query is not None:
        yield from _list_query(route.doc, schemas)


def _describe_place(name: str) -> Mapping[str, Any]:
    text, form, example = _PLACES.get(name, ("A name.", None, "name"))
    schema = {"type": "string", "minLength": 1} | ({} if form is None else {"format": form})
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema, "example": example}


def _describe_header(name: str, text: str) -> Mapping[str, Any]:
    needed = text.startswith("!")
    return {
        "name": name,
        "in": "header",
        "required": needed,
        "description": text.removeprefix("!"),
        "schema": {"type": "string"},
    }


def _list_query(doc: Doc, schemas: Schemas) -> Iterator[Mapping[str, Any]]:
    whole = schemas.resolve(schemas.of_body(doc.query))
    needed = whole.get("required", ())
    for name, schema in whole.get("properties", {}).items():
        # Several values are taken as `a,b` too, and as a key given several times.
        yield {"name": name, "in": "query", "required": name in needed, "schema": _describe_value(schema)}


def _describe_value(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a value may be where it is given: a query has no way to say null."""
    given = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf" and (name, value) != ("default", None)}
    return {**rest, **given[0]} if len(given) == 1 else {**schema}


def _describe_answers(route: Route, schemas: Schemas) -> Mapping[str, Any]:
    answers = {
        str(status): _describe_answer(each, schemas, route.headers)
        for status, each in sorted(route.doc.answers.items())
    }
    refused = {
        str(status): {"$ref": f"#/components/responses/{name_refusal(route.surface, status)}"}
        for status in sorted(list_refusals(route))
    }
    return {**refused, **answers}


def _describe_answer(answer: Answer, schemas: Schemas, always: Mapping[str, str]) -> Mapping[str, Any]:
    headers: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    told = {**always, **answer.headers}
    headers |= {name: {"description": text, "schema": {"type": "string"}} for name, text in told.items()}
    described: dict[str, Any] = {"description": answer.text, "headers": headers}
    if answer.media_types:
        schema = {**answer.schema} if answer.model is None else schemas.of_answer(answer.model)
        described["content"] = {media_type: {"schema": schema} for media_type in answer.media_types}
    return described
