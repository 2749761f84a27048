"""Finds what the names in the code refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.sample.code import Call, ModuleFacts
from infra.sample.graph import SampleGraph


@dataclass(frozen=True, slots=True)
class Names:
    """The definitions of all modules, then names that stand for what is defined elsewhere."""

    graph: SampleGraph
    definitions: Mapping[str, int]
    foreign: dict[str, int]
    """Names of builtins, extension modules and attributes of objects whose class the code does not say."""

    def get_foreign(self, name: str) -> int:
        """Return the node of a name that the library's Python code does not define."""
        if name not in self.foreign:
            self.foreign[name] = self.graph.add_node("Name", "Object", name=name, dotted="." in name)
        return self.foreign[name]


def resolve(graph: SampleGraph, definitions: Mapping[str, int], modules: Sequence[ModuleFacts]) -> None:
    """Add the relationships that go by names: IMPORTS, INHERITS, CALLS."""
    names = Names(graph, definitions, {})
    for module in modules:
        aliases = {each.alias: each.target for each in module.imports}
        _add_imports(names, module)
        _add_bases(names, module, aliases)
        _add_calls(names, module, aliases)


def _add_imports(names: Names, module: ModuleFacts) -> None:
    for each in module.imports:
        target = names.definitions.get(each.target)
        end = names.get_foreign(each.target) if target is None else target
        alias = None if each.target.endswith(each.alias) else each.alias
        names.graph.relate(module.node, "IMPORTS", end, line=each.line, alias=alias)


def _add_bases(names: Names, module: ModuleFacts, aliases: Mapping[str, str]) -> None:
    for order, (node, name) in enumerate(module.bases):
        target = _find(names, _candidates(name, module, aliases, None))
        names.graph.relate(node, "INHERITS", names.get_foreign(name) if target is None else target, order=order)


def _add_calls(names: Names, module: ModuleFacts, aliases: Mapping[str, str]) -> None:
    """Add one relationship for each pair of caller and callee, with the lines of all calls."""
    lines: dict[tuple[int, int], list[int]] = {}
    for call in module.calls:
        lines.setdefault((call.caller, _find_callee(names, call, module, aliases)), []).append(call.line)
    for (caller, callee), at in lines.items():
        names.graph.relate(caller, "CALLS", callee, lines=at, repeated=len(at) > 1, weight=1 / len(at))


def _find_callee(names: Names, call: Call, module: ModuleFacts, aliases: Mapping[str, str]) -> int:
    target = _find(names, _candidates(call.name, module, aliases, call.enclosing_class))
    return names.get_foreign(call.name.rpartition(".")[2]) if target is None else target


def _find(names: Names, candidates: Sequence[str]) -> int | None:
    return next((names.definitions[each] for each in candidates if each in names.definitions), None)


def _candidates(
    name: str, module: ModuleFacts, aliases: Mapping[str, str], enclosing_class: str | None
) -> Sequence[str]:
    """List the qualified names that a name may stand for where it is written, the likeliest first."""
    first, _, rest = name.partition(".")
    if first in {"self", "cls"} and enclosing_class and rest:
        return [f"{enclosing_class}.{rest}"]
    own = f"{module.name}.{name}"
    return [f"{aliases[first]}.{rest}".removesuffix("."), own] if first in aliases else [own]
