"""The properties of the sample's nodes: every kind of value that a database may hold, each with a meaning."""

from __future__ import annotations

import ast
import hashlib
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from neo4j.spatial import CartesianPoint
from neo4j.time import Duration

from infra.sample.sources import SourceModule

Function = ast.FunctionDef | ast.AsyncFunctionDef

_SECONDS_PER_LINE = 2.5
"""A patient reader's pace."""

_INT64 = range(-(2**63), 2**63)


def describe_release(major: int, minor: int, micro: int) -> dict[str, Any]:
    """Describe the release that the library belongs to: since 3.9 one comes every October, for five years."""
    year = 2011 + minor
    return {
        "version": f"{major}.{minor}.{micro}",
        "parts": [major, minor, micro],
        "month": date(year, 10, 1),
        "announced": datetime(year, 10, 1, 18, 30, tzinfo=timezone(timedelta(hours=2))),
        "end_of_life": datetime(year + 5, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        "freeze": datetime(year, 5, 1, 12, 0),  # noqa: DTZ001 - the value shall have no zone
        "build_hour": time(3, 15),
        "support": Duration(months=60, days=30, seconds=1, nanoseconds=5),
    }


def describe_module(module: SourceModule) -> dict[str, Any]:
    """Measure a module."""
    lines = module.content.splitlines()
    comments = sum(1 for line in lines if line.lstrip().startswith(b"#"))
    return {
        "name": module.name,
        "path": str(module.path),
        "package": module.is_package,
        "documentation": _first_line(module.tree),
        "lines": len(lines),
        "comment_share": comments / len(lines) if lines else 0.0,
        "longest_lines": sorted((len(line) for line in lines), reverse=True)[:3],
        "digest": hashlib.sha256(module.content).digest(),
        "reading_time": Duration(seconds=len(lines) * _SECONDS_PER_LINE),
    }


def describe_class(definition: ast.ClassDef, qualified: str) -> dict[str, Any]:
    """Describe a class without what it contains."""
    return {
        **_describe_definition(definition, qualified),
        "bases": [ast.unparse(base) for base in definition.bases],
        "members": len(definition.body),
    }


def describe_function(definition: Function, qualified: str) -> dict[str, Any]:
    """Describe a function without its parameters."""
    return {
        **_describe_definition(definition, qualified),
        "asynchronous": isinstance(definition, ast.AsyncFunctionDef),
        "decorators": [ast.unparse(decorator) for decorator in definition.decorator_list],
        "returns": ast.unparse(definition.returns) if definition.returns else None,
    }


def _describe_definition(definition: ast.ClassDef | Function, qualified: str) -> dict[str, Any]:
    end = definition.end_lineno or definition.lineno
    return {
        "name": definition.name,
        "qualified_name": qualified,
        "documentation": _first_line(definition),
        "position": CartesianPoint((float(definition.col_offset), float(definition.lineno))),
        "length": end - definition.lineno + 1,
    }


def list_parameters(definition: Function) -> list[dict[str, Any]]:
    """List a function's parameters in their order, each with its kind and, where it is a plain value, its default."""
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    defaults: list[ast.expr | None] = [*[None] * missing, *arguments.defaults]
    parameters = [("positional", name, default) for name, default in zip(positional, defaults, strict=True)]
    parameters += [("variadic", arguments.vararg, None)] if arguments.vararg else []
    parameters += [
        ("keyword", name, default) for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    parameters += [("variadic keyword", arguments.kwarg, None)] if arguments.kwarg else []
    return [
        {"name": name.arg, "kind": kind, "optional": default is not None, "default": _plain_value(default)}
        for kind, name, default in parameters
    ]


def _plain_value(default: ast.expr | None) -> Any:
    """Return a default that a database can hold: the same key has another type from node to node."""
    value = default.value if isinstance(default, ast.Constant) else None
    match value:
        case bool() | float() | bytes():
            return value
        case int():
            return value if value in _INT64 else str(value)
        case str():
            return value if value.isprintable() else ascii(value)
        case _:
            return None


def _first_line(definition: ast.Module | ast.ClassDef | Function) -> str | None:
    text = ast.get_docstring(definition)
    return text.splitlines()[0] if text else None
