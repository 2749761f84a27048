"""The canonical texts of scalar values, and how they are read."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from typing import Any, Final

import orjson

from shared.graph import Point

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_FLOAT: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[dDfF]?")
_FLOAT_NAMES: Final = {"nan": "NaN", "inf": "INF", "-inf": "-INF"}
"""XML Schema's word for Python's."""
_POINT: Final = re.compile(r"SRID=([0-9]+);POINT\(([^()]*)\)")
_DIMENSIONS: Final = {4326: 2, 4979: 3, 7203: 2, 9157: 3}
"""By SRID."""
_GEOGRAPHIC: Final = (4326, 4979)
_NAMED_FLOATS: Final = {
    "NaN": math.nan,
    "INF": math.inf,
    "+INF": math.inf,
    "-INF": -math.inf,
    "Infinity": math.inf,
    "+Infinity": math.inf,
    "-Infinity": -math.inf,
}
"""The spellings of XML Schema and of Java."""


def boolean_text(value: bool) -> str:
    """Write XML Schema's spelling."""
    return "true" if value else "false"


def parse_boolean(text: str) -> bool:
    """Read a boolean, as Python or XML Schema spell it. Raises: ValueError."""
    match text.strip().lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case _:
            raise ValueError("not a boolean")


def parse_integer(text: str) -> int:
    """Read a 64-bit integer. Raises: ValueError."""
    stripped = text.strip()
    if _INTEGER.fullmatch(stripped) is None:
        raise ValueError("not an integer")
    return checked_integer(int(stripped) if len(stripped) <= 20 else INT64_MAX + 1)


def checked_integer(value: object) -> int:
    """Return a 64-bit integer. Raises: ValueError."""
    if type(value) is not int:
        raise ValueError("not an integer")
    if not INT64_MIN <= value <= INT64_MAX:
        raise ValueError("beyond 64 bits")
    return value


def float_text(value: float) -> str:
    """Write the shortest text that gives the same number, `NaN`, `INF` or `-INF`."""
    text = repr(value)
    return _FLOAT_NAMES.get(text, text)


def parse_float(text: str) -> float:
    """Read a double in the spellings of Python, Java or XML Schema. Raises: ValueError."""
    stripped = text.strip()
    if (named := _NAMED_FLOATS.get(stripped)) is not None:
        return named
    if _FLOAT.fullmatch(stripped) is None:
        raise ValueError("not a number")
    return float(stripped.rstrip("dDfF"))


def is_special(value: float) -> bool:
    """Return whether GraphML's double cannot be trusted with a value: NaN, the infinities, negative zero."""
    return not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)


def json_text(value: object) -> str:
    """Write compact JSON without a code point that XML forbids. Raises: ValueError."""
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from error
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def parse_json(text: str) -> Any:
    """Read JSON. Raises: ValueError."""
    return orjson.loads(text)


def parse_json_string(text: str) -> str:
    """Read what json_text made of a string. Raises: ValueError."""
    return checked_string(parse_json(text))


def checked_string(value: object) -> str:
    """Return a JSON string. Raises: ValueError."""
    if not isinstance(value, str):
        raise ValueError("not a JSON string")  # noqa: TRY004 - a wrong text, not a wrong call
    return value


def checked_boolean(value: object) -> bool:
    """Return a JSON boolean. Raises: ValueError."""
    if not isinstance(value, bool):
        raise ValueError("not a JSON boolean")  # noqa: TRY004 - a wrong text, not a wrong call
    return value


def checked_float(value: object) -> float:
    """Return a JSON number. Raises: ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a JSON number")  # noqa: TRY004 - a wrong text, not a wrong call
    return float(value)


def bytes_text(value: bytes) -> str:
    """Write Base64."""
    return base64.b64encode(value).decode()


def parse_bytes(text: str) -> bytes:
    """Read Base64. Raises: ValueError."""
    return base64.b64decode(text, validate=True)


def point_text(value: Point) -> str:
    """Write `SRID=4326;POINT(12.5 55.7)`, which is well-known text with its reference system."""
    return f"SRID={value.srid};POINT({' '.join(map(float_text, value.coordinates))})"


def parse_point(text: str) -> Point:
    """Read what point_text wrote. Raises: ValueError."""
    match = _POINT.fullmatch(text)
    coordinates = tuple(parse_float(part) for part in match[2].split(" ")) if match else ()
    if match is None or len(coordinates) not in (2, 3):
        raise ValueError("not a point")
    point = Point(int(match[1]), coordinates)
    _require_point(point)
    return point


def _require_point(point: Point) -> None:
    """Refuse a point that no server holds, or that it would move. Raises: ValueError."""
    dimensions = _DIMENSIONS.get(point.srid)
    if dimensions is None:
        raise ValueError(f"not a point of a known SRID, which are {', '.join(map(str, _DIMENSIONS))}")
    if len(point.coordinates) != dimensions:
        raise ValueError(f"not a point of {dimensions} coordinates, as SRID {point.srid} has")
    if not all(map(math.isfinite, point.coordinates)):
        raise ValueError("not a point with finite coordinates")
    if point.srid in _GEOGRAPHIC and (abs(point.coordinates[0]) > 180 or abs(point.coordinates[1]) > 90):
        raise ValueError("not a point within ±180, ±90 degrees")


def parse_list(text: str, convert: Callable[[Any], Any]) -> list[Any]:
    """Read a JSON array, each element by a function of its own. Raises: ValueError."""
    elements = parse_json(text)
    if not isinstance(elements, list):
        raise ValueError("not a JSON array")  # noqa: TRY004 - a wrong text, not a wrong call
    return [convert(element) for element in elements]
