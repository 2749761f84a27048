"""Tests of the TypeScript that is written out of the API's document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from infra.documents.wire_types import write_types


def write(schemas: Mapping[str, Any], *, body: str | None = None, answer: str | None = None) -> str:
    """Write the types of an API of one operation, without the head."""
    operation: dict[str, Any] = {"responses": {"200": _content(answer), "400": _content("Unused")}}
    if body is not None:
        operation["requestBody"] = _content(body)
    other = {"get": {"responses": {"200": _content("Unused")}}}
    document = {"paths": {"/api/v1/a": {"put": operation}, "/b": other}, "components": {"schemas": schemas}}
    return write_types(document).partition("\n\n")[2]


def _content(schema: str | None) -> Mapping[str, Any]:
    return {} if schema is None else {"content": {"application/json": {"schema": _named(schema)}}}


def _named(schema: str) -> Mapping[str, Any]:
    return {"$ref": f"#/components/schemas/{schema}"}


FIELDS = {
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "version": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
        "share": {"type": "number"},
    },
}


@pytest.mark.parametrize("used", ["body", "answer"])
def test_what_is_not_required_may_be_left_out(used: str) -> None:
    assert write({"A": FIELDS}, **{used: "A"}) == (
        "export interface A {\n  name: string;\n  version?: number | null;\n  share?: number;\n}\n"
    )


def test_types_are_named_once_and_sorted() -> None:
    fields = {
        "all": {"type": "array", "items": _named("A")},
        "some": {"type": "array", "items": {"oneOf": [_named("A"), {"type": "boolean"}]}},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "rest": {"type": "object", "additionalProperties": True},
        "kind": {"const": "b"},
    }
    schemas = {"B": {"properties": fields, "required": list(fields)}, "A": {"enum": ["x", "y"]}, "Unused": {}}
    assert write(schemas, answer="B") == (
        'export type A = "x" | "y";\n\n'
        "export interface B {\n  all: A[];\n  some: (A | boolean)[];\n  counts: Record<string, number>;\n"
        '  rest: Record<string, unknown>;\n  kind: "b";\n}\n'
    )


def test_a_long_union_has_a_line_for_each_choice() -> None:
    choices = [f"choice_{number}" for number in range(12)]
    written = write({"A": {"enum": choices}}, answer="A")
    assert written.splitlines() == ["export type A =", *(f'  | "{each}"' for each in choices[:-1]), '  | "choice_11";']


def test_a_form_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no TypeScript is known for"):
        write({"A": {"properties": {"new": {"allOf": []}}}}, answer="A")
