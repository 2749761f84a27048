"""Types and values in the spellings of GraphML's writers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from shared.archive.values.text import checked_integer, parse_boolean, parse_float, parse_integer
from shared.archive.values.value_kinds import NATIVE_LISTS
from shared.graph import PropertyValue

Parse = Callable[[str], PropertyValue | None]
"""Reads a text; None is no value. Raises: ValueError."""

_NAMED_NUMBERS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("nan", "+nan", "-nan", "1.#qnan", "-1.#ind", "1.#ind"), math.nan),
    **dict.fromkeys(("inf", "+inf", "infinity", "+infinity", "1.#inf"), math.inf),
    **dict.fromkeys(("-inf", "-infinity", "-1.#inf"), -math.inf),
}
"""The spellings of Python, C, Java, JSON and XML Schema, in small letters."""
_HEXADECIMAL: Final = re.compile(r"[+-]?0x[0-9a-f]+(?:\.[0-9a-f]*)?(?:p[+-]?[0-9]+)?", re.IGNORECASE)
_COMMA: Final = re.compile(r"(?<!\\),\s*")


def _number(text: str) -> float:
    stripped = text.strip()
    if (named := _NAMED_NUMBERS.get(stripped.lower())) is not None:
        return named
    if _HEXADECIMAL.fullmatch(stripped):
        return float.fromhex(stripped)
    return parse_float(stripped)


def _optional(parse: Callable[[str], PropertyValue]) -> Parse:
    return lambda text: parse(text) if text.strip() else None


def _vector(parse: Callable[[str], Any]) -> Parse:
    return lambda text: [parse(part) for part in _COMMA.split(text)] if text.strip() else []


def _unescaped(text: str) -> str:
    return text.replace("\\,", ",").replace("\\\\", "\\")


def _array(attr_list: str) -> Parse:
    kind = NATIVE_LISTS[attr_list]
    return lambda text: kind.parse(text) if text.strip() else None


_BOOLEANS: Final = ("boolean", "bool")
_INTEGERS: Final = ("int", "integer", "long", "short", "byte", "int8_t", "uint8_t", "int16_t", "int32_t", "int64_t")
_NUMBERS: Final = ("double", "float", "real", "decimal", "number", "long double")
_TEXTS: Final = ("string", "str", "char", "text", "date", "datetime", "time", "uri", "url", "python_object")

_TYPES: Final[Mapping[str, Parse]] = {
    **dict.fromkeys(_BOOLEANS, _optional(parse_boolean)),
    **dict.fromkeys(_INTEGERS, _optional(parse_integer)),
    **dict.fromkeys(_NUMBERS, _optional(_number)),
    **dict.fromkeys(_TEXTS, str),
    **{f"vector_{each}": _vector(parse_boolean) for each in _BOOLEANS},
    **{f"vector_{each}": _vector(lambda part: checked_integer(int(part))) for each in _INTEGERS},
    **{f"vector_{each}": _vector(_number) for each in _NUMBERS},
    "vector_string": _vector(_unescaped),
}
_LISTS: Final[Mapping[str, Parse]] = {
    **dict.fromkeys(_BOOLEANS, _array("boolean")),
    **dict.fromkeys(_INTEGERS, _array("long")),
    **dict.fromkeys(_NUMBERS, _array("double")),
    **dict.fromkeys(_TEXTS, _array("string")),
}


def reader_of(attributes: Mapping[str, str]) -> Parse | None:
    """Return what reads the values of a key with these attributes; None for a type that nobody knows."""
    if (attr_list := attributes.get("attr.list")) is not None:
        return _LISTS.get(attr_list.strip().lower())
    return _TYPES.get(attributes.get("attr.type", "string").strip().lower())


def is_text(attributes: Mapping[str, str]) -> bool:
    """Return whether a key with these attributes holds texts, as labels and types are."""
    return "attr.list" not in attributes and attributes.get("attr.type", "string").strip().lower() in _TEXTS
