"""The schemas of the settings in the chart's values: those of the product's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.settings.databases import DatabaseSettings
from shared.settings.given_files import SUFFIX
from shared.settings.process import SECRETS, Settings, name_variable

_OWN: Final = frozenset({"data_dir", "metrics_port", "port", "worker_metrics_port"})
"""What the chart itself says."""

_HIDDEN: Final = frozenset({"databases", "password", "token", "tracing_headers"})
"""What has, or is, a secret: files alone hold it."""

_NOTES: Final = frozenset({"title", "description", "default", "format"})


def _read(schema: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    shared = schema.get("$defs", {})
    return {name: _shorten(each, shared) for name, each in schema["properties"].items() if name not in _HIDDEN}


def _shorten(schema: Mapping[str, Any], shared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave notes out, and null: who wants none of a thing leaves it out."""
    if reference := schema.get("$ref"):
        return _shorten(shared[reference.rpartition("/")[2]], shared)
    if choices := [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]:
        return (
            _shorten(choices[0], shared)
            if len(choices) == 1
            else {"anyOf": [_shorten(each, shared) for each in choices]}
        )
    return {
        name: _shorten(part, shared) if isinstance(part, dict) else part
        for name, part in schema.items()
        if name not in _NOTES
    }


_FIELDS: Final = _read(Settings.model_json_schema())

SECRET_FILES: Final = tuple(
    sorted(
        name_variable(each)
        for each in ({f"{name}{SUFFIX}" for name in SECRETS} | {n for n in _FIELDS if n.endswith(SUFFIX)})
    )
)
"""Variables that name files."""

SETTINGS: Final = {
    name_variable(name): schema for name, schema in _FIELDS.items() if name not in _OWN and not name.endswith(SUFFIX)
} | {name_variable("valkey_url"): {"type": "string", "not": {"pattern": "@"}}}
"""Variable → schema. An address with a password belongs into a secret; `not` has no message that repeats it."""

DATABASE_FIELDS: Final = _read(DatabaseSettings.model_json_schema())
"""Field → schema, without those that hold secrets."""
