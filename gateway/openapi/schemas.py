"""The schemas of all bodies, taken from the models of requests and the types of answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import override

from gateway.dialect import Dialect
from gateway.route import Route

_Mode: TypeAlias = Literal["validation", "serialization"]
_TEMPLATE = "#/components/schemas/{model}"


class _Generator(GenerateJsonSchema):
    @override
    def field_is_required(self, field: Any, total: bool) -> bool:
        """What has a default is always there in an answer."""
        has_default = self.mode == "serialization" and field["schema"]["type"] == "default"
        return has_default or super().field_is_required(field, total)


class Schemas:
    """Every schema once, under a name."""

    def __init__(self, routes: Sequence[Route], dialects: Iterable[Dialect]) -> None:
        wanted = dict(_list_models(routes, dialects))
        inputs = [((name, mode), mode, TypeAdapter(model)) for (name, mode), model in wanted.items()]
        self._by_key, described = TypeAdapter.json_schemas(inputs, ref_template=_TEMPLATE, schema_generator=_Generator)
        self._definitions: Mapping[str, Any] = _tell_choices_apart(described.get("$defs", {}))
        queries = {_name_in_document(self.of_body(route.doc.query)) for route in routes if route.doc.query is not None}
        self.definitions = {name: schema for name, schema in self._definitions.items() if name not in queries}
        """But those of queries, which the document has as parameters."""

    def of_body(self, model: Any) -> Mapping[str, Any]:
        """Return the schema of what a request carries."""
        return self._find(model, "validation")

    def of_answer(self, model: Any) -> Mapping[str, Any]:
        """Return the schema of what is answered."""
        return self._find(model, "serialization")

    def _find(self, model: Any, mode: _Mode) -> Mapping[str, Any]:
        key = _name(model), mode
        return self._by_key[key, mode]

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the schema itself where it is only named."""
        name = _name_in_document(schema)
        found: Mapping[str, Any] = self._definitions[name] if name else schema
        return found


def _tell_choices_apart(definitions: dict[str, Any]) -> Mapping[str, Any]:
    """Close the objects of which a field holds one: a reader knows by its fields which it is."""
    fields = [each for definition in definitions.values() for each in definition.get("properties", {}).values()]
    for field in fields:
        names = [_name_in_document(each) for each in field.get("anyOf", ())]
        if names and all(names):
            field["oneOf"] = field.pop("anyOf")
            for name in names:
                definitions[name]["additionalProperties"] = False
    return definitions


def _list_models(routes: Sequence[Route], dialects: Iterable[Dialect]) -> Iterator[tuple[tuple[str, _Mode], Any]]:
    for dialect in dialects:
        yield (_name(dialect.error_model), "serialization"), dialect.error_model
    for route in routes:
        for answer in route.doc.answers.values():
            if answer.model is not None:
                yield (_name(answer.model), "serialization"), answer.model
        for wanted in (route.doc.query, route.doc.body and route.doc.body.model):
            if wanted is not None:
                yield (_name(wanted), "validation"), wanted


def _name_in_document(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _name(model: Any) -> str:
    return f"{getattr(model, '__module__', '')}.{getattr(model, '__qualname__', model)}"
