"""Writes docs/errors.md from the classes that stand for errors."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "errors.md"

_SOURCES = ("shared/errors.py", "gateway/http_errors.py", "gateway/dialects/spark/errors.py")
"""Read as text, for infra imports no room that it starts."""

_ROOT = "GraphferryError"

_HEAD = """# Errors

Every error carries a stable code: in the answer's body, in a failed job's `failure`, in logs. They are grouped by what
can be done about them. `INTERNAL_ERROR`, in no group, is a fault of ours: the log has more.

This page is written by `python3 -m infra documents`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    """An error as its source describes it."""

    name: str
    base: str
    code: str | None
    meaning: str


def write_page() -> str:
    """Return the page's text."""
    errors = {each.name: each for source in _SOURCES for each in _read_errors(CHECKOUT / source)}
    groups = [each for each in errors.values() if each.base == _ROOT]
    return "\n".join([_HEAD, *(_write_group(group, errors) for group in groups)])


def _read_errors(source: Path) -> Iterator[ErrorClass]:
    for node in ast.parse(source.read_text()).body:
        if isinstance(node, ast.ClassDef) and node.bases and isinstance(node.bases[0], ast.Name):
            meaning = " ".join((ast.get_docstring(node) or "").split())
            yield ErrorClass(name=node.name, base=node.bases[0].id, code=_read_code(node), meaning=meaning)


def _read_code(definition: ast.ClassDef) -> str | None:
    for node in definition.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                return code
            case _:
                pass
    return None


def _write_group(group: ErrorClass, errors: Mapping[str, ErrorClass]) -> str:
    members = [each for each in errors.values() if each is group or _descends(each, group, errors)]
    rows = [f"| `{each.code}` | {each.meaning} |" for each in members if each.code]
    return "\n".join([f"## {group.meaning.rstrip('.')}", "", "| code | meaning |", "|---|---|", *rows, ""])


def _descends(error: ErrorClass, group: ErrorClass, errors: Mapping[str, ErrorClass]) -> bool:
    base = errors.get(error.base)
    return base is not None and (base is group or _descends(base, group, errors))
