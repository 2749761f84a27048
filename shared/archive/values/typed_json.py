"""Property values in JSON, each with its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.archive.values.value_kinds import KINDS, kind_of
from shared.graph import PropertyValue


def typed(values: Mapping[str, PropertyValue]) -> dict[str, dict[str, str]]:
    """Return each value as {type, text}. Raises: ValueError for a value that no archive can carry."""
    return {name: {"type": (kind := kind_of(value)).code, "text": kind.text(value)} for name, value in values.items()}


def untyped(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of {type, text}; what has another form is a value already. Raises: ValueError."""
    return {name: _value(value) for name, value in values.items()}


def _value(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    kind, text = KINDS.get(str(value.get("type"))), value.get("text")
    if kind is None or not isinstance(text, str):
        raise ValueError("a property is {type, text}, with a type that this version knows")
    return kind.parse(text)
