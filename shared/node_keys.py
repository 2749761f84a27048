"""What identifies a node: the key of a uniqueness constraint, or one that settings name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from shared.graph import PropertyValue, SchemaEntry
from shared.references import NodeKey

UNIQUE = frozenset({"UNIQUENESS", "NODE_KEY", "NODE_PROPERTY_UNIQUENESS"})
"""The server's words for constraints that make a key unique, over its versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """Property keys that together tell the nodes of a label apart."""

    label: str
    properties: tuple[str, ...]
    constraint: str | None = field(default=None, compare=False)
    """The name of the constraint that guarantees it."""

    def describe(self) -> str:
        """Name the constraint, with what it is on."""
        on = f"(:{self.label} {{{', '.join(self.properties)}}})"
        return on if self.constraint is None else f"{self.constraint} on {on}"

    def key_of(self, labels: Sequence[str], properties: Mapping[str, PropertyValue | None]) -> NodeKey | None:
        """Return a node's key; None where it lacks the label or one of the properties."""
        values = {name: value for name in self.properties if (value := properties.get(name)) is not None}
        if self.label not in labels or len(values) < len(self.properties):
            return None
        return NodeKey(label=self.label, properties=values)


@dataclass(frozen=True, slots=True)
class KeyForms:
    """The forms of a database, by preference."""

    unique: Sequence[KeyForm]
    """Those that constraints guarantee."""
    configured: Sequence[KeyForm] = ()
    """Those that settings name."""

    @classmethod
    def of(cls, schema: Iterable[SchemaEntry], configured: Mapping[str, Sequence[str]]) -> Self:
        """Read the constraints and the settings."""
        named = [KeyForm(label=label, properties=tuple(names)) for label, names in configured.items()]
        return cls(unique_forms(schema), named)

    @property
    def forms(self) -> Sequence[KeyForm]:
        """All, what constraints guarantee before what settings say."""
        return [*self.unique, *self.configured]

    @property
    def properties(self) -> Sequence[str]:
        """All property keys that any form asks for."""
        return sorted({name for form in self.forms for name in form.properties})

    def without(self, labels: Collection[str]) -> KeyForms:
        """Return the forms of other labels."""
        return KeyForms(
            [each for each in self.unique if each.label not in labels],
            [each for each in self.configured if each.label not in labels],
        )

    def find(self, labels: Sequence[str], properties: Mapping[str, PropertyValue | None]) -> NodeKey | None:
        """Return the key of the first form that a node has."""
        return next((key for form in self.forms if (key := form.key_of(labels, properties)) is not None), None)


def unique_forms(schema: Iterable[SchemaEntry]) -> list[KeyForm]:
    """Return the forms that constraints on nodes guarantee, sorted."""
    found = [
        KeyForm(label=each.labels_or_types[0], properties=each.properties, constraint=each.name)
        for each in schema
        if each.kind == "constraint" and each.entity == "NODE" and each.type in UNIQUE
    ]
    return sorted(found, key=lambda form: (form.label, form.properties))
