"""Reads modules' definitions, calls and imports into the graph."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from infra.sample.graph import SampleGraph
from infra.sample.sources import SourceModule
from infra.sample.values import Function, describe_class, describe_function, describe_module, list_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as written, not resolved yet."""

    caller: int
    name: str
    enclosing_class: str | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A name that a module brings in under an alias."""

    target: str
    alias: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFacts:
    """What a module refers to by name."""

    name: str
    node: int
    imports: list[Import] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    bases: list[tuple[int, str]] = field(default_factory=list)
    """Node of a class, name of a base as written."""


class ModuleReader:
    """Adds one module with all that it contains to a graph."""

    def __init__(self, graph: SampleGraph, definitions: dict[str, int], module: SourceModule) -> None:
        self._graph = graph
        self._definitions = definitions
        self._package = module.name if module.is_package else module.name.rpartition(".")[0]
        self._qualified = module.name
        self._class: str | None = None
        self._node = self._define(module.name, "Module", describe_module(module))
        self.facts = ModuleFacts(name=module.name, node=self._node)
        self._read_children(module.tree)

    def _read_children(self, parent: ast.AST) -> None:
        for node in ast.iter_child_nodes(parent):
            match node:
                case ast.ClassDef():
                    self._add_class(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._add_function(node)
                case ast.Import():
                    self._note_imports(node, prefix="")
                case ast.ImportFrom():
                    self._note_imports(node, prefix=self._find_origin(node))
                case _:
                    self._note_call(node)
                    self._read_children(node)

    def _add_class(self, node: ast.ClassDef) -> None:
        qualified = f"{self._qualified}.{node.name}"
        added = self._define(qualified, "Class", describe_class(node, qualified))
        self.facts.bases.extend((added, name) for base in node.bases if (name := _dotted(base)))
        self._enter(node, added, qualified, enclosing_class=qualified)

    def _add_function(self, node: Function) -> None:
        qualified = f"{self._qualified}.{node.name}"
        label = "Method" if self._class == self._qualified else "Function"
        added = self._define(qualified, label, describe_function(node, qualified))
        for position, parameter in enumerate(list_parameters(node)):
            owned = self._graph.add_node("Parameter", "Object", **parameter)
            self._graph.relate(added, "HAS_PARAMETER", owned, position=position)
        self._enter(node, added, qualified, enclosing_class=self._class)

    def _note_call(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call) and (name := _dotted(node.func)):
            call = Call(caller=self._node, name=name, enclosing_class=self._class, line=node.lineno)
            self.facts.calls.append(call)

    def _note_imports(self, node: ast.Import | ast.ImportFrom, *, prefix: str) -> None:
        self.facts.imports.extend(
            Import(target=f"{prefix}{name.name}", alias=name.asname or name.name, line=node.lineno)
            for name in node.names
        )

    def _find_origin(self, node: ast.ImportFrom) -> str:
        """Return the module that names come from, with a dot: `from ..b import c` within `a.x.y` gives `a.b.`."""
        parts = self._package.split(".")
        above = parts[: len(parts) - node.level + 1] if node.level else []
        return "".join(f"{part}." for part in (*above, *([node.module] if node.module else [])))

    def _define(self, qualified: str, label: str, properties: dict[str, Any]) -> int:
        added = self._graph.add_node(label, "Object", **properties)
        if label != "Module":
            self._graph.relate(self._node, "CONTAINS", added)
        self._definitions.setdefault(qualified, added)
        return added

    def _enter(self, node: ast.AST, added: int, qualified: str, *, enclosing_class: str | None) -> None:
        outside = self._node, self._qualified, self._class
        self._node, self._qualified, self._class = added, qualified, enclosing_class
        self._read_children(node)
        self._node, self._qualified, self._class = outside


def _dotted(expression: ast.expr) -> str | None:
    """Return `a.b.c` for such an expression; what hangs on something else is known by its last name, `.c`."""
    match expression:
        case ast.Name():
            return expression.id
        case ast.Attribute():
            return f"{_dotted(expression.value) or ''}.{expression.attr}"
        case _:
            return None
