"""Writes the types of the API's bodies and answers, in TypeScript, for the source of the Admin Center."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from shared.settings.process import PREFIX

CHECKOUT: Final = Path(__file__).resolve().parents[2]
TYPES: Final = CHECKOUT / "gateway" / "admin_center" / "src" / "api" / "schemas.ts"

_HEAD: Final = "/** The bodies and answers of `/api/v1`; written by `python3 -m infra documents`. */\n"
_BASE: Final = "/api/v1/"
_SCHEMAS: Final = "#/components/schemas/"
_WIDTH: Final = 120
"""Of a line in the page's source."""
_SIMPLE: Final = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def read_document() -> Mapping[str, Any]:
    """Return the API's OpenAPI document, printed by a gateway of default settings: infra imports no room."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "gateway", "--openapi"]
    printed = subprocess.run(command, cwd=CHECKOUT, env=environ, stdout=subprocess.PIPE, check=True).stdout
    document: Mapping[str, Any] = json.loads(printed)
    return document


def write_types(document: Mapping[str, Any]) -> str:
    """Return the file's text: a type for each schema that bodies and answers of the API use, sorted by name."""
    schemas = document["components"]["schemas"]
    operations = [
        each for path, methods in document["paths"].items() if path.startswith(_BASE) for each in methods.values()
    ]
    parts = [part for each in operations for part in (each.get("requestBody"), *_list_answers(each))]
    written = [_write_type(name, schemas[name]) for name in sorted(_find_used(parts, schemas))]
    return "\n".join([_HEAD, *written])


def _list_answers(operation: Mapping[str, Any]) -> list[Any]:
    return [answer for status, answer in operation["responses"].items() if status.startswith("2")]


def _find_used(parts: Sequence[Any], schemas: Mapping[str, Any]) -> set[str]:
    """Return the names of the schemas that the parts refer to, with those that these refer to in turn."""
    found: set[str] = set()
    waiting = list(parts)
    while waiting:
        new = set(_find_references(waiting.pop())) - found
        found |= new
        waiting += [schemas[name] for name in new]
    return found


def _find_references(part: Any) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            if reference.startswith(_SCHEMAS):
                yield reference.removeprefix(_SCHEMAS)
        case dict():
            for each in part.values():
                yield from _find_references(each)
        case list():
            for each in part:
                yield from _find_references(each)
        case _:
            pass


def _write_type(name: str, schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return _write_union(name, [json.dumps(each) for each in schema["enum"]])
    fields = schema["properties"]
    optional = fields.keys() - schema.get("required", ())
    lines = [f"  {key}{'?' if key in optional else ''}: {_type_of(each)};\n" for key, each in fields.items()]
    return f"export interface {name} {{\n{''.join(lines)}}}\n"


def _write_union(name: str, choices: Sequence[str]) -> str:
    line = f"export type {name} = {' | '.join(choices)};"
    if len(line) > _WIDTH:
        line = "\n  | ".join([f"export type {name} =", *choices]) + ";"
    return f"{line}\n"


def _type_of(schema: Mapping[str, Any]) -> str:
    """Return the type of a field. Raises: ValueError for a schema of a form that no field had before."""
    match schema:
        case {"$ref": str(reference)}:
            found = reference.removeprefix(_SCHEMAS)
        case {"const": value}:
            found = json.dumps(value)
        case {"anyOf": [*choices]} | {"oneOf": [*choices]}:
            found = " | ".join(_type_of(each) for each in choices)
        case {"type": "array", "items": items}:
            each = _type_of(items)
            found = f"({each})[]" if " | " in each else f"{each}[]"
        case {"type": "object", "additionalProperties": True}:
            found = "Record<string, unknown>"
        case {"type": "object", "additionalProperties": values}:
            found = f"Record<string, {_type_of(values)}>"
        case {"type": str(simple)} if simple in _SIMPLE:
            found = _SIMPLE[simple]
        case _:
            raise ValueError(f"no TypeScript is known for {schema}")
    return found
