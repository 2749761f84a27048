"""The keys that a document of another tool declares, each for its sort of elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.archive.foreign.graphml.values import Parse, is_text, reader_of
from shared.archive.foreign.warnings import Warnings
from shared.archive.graphml.declarations import declare
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.names import check_name
from shared.graph import PropertyValue

_SORTS: Final = frozenset({*Sort, "graph", "graphml", "port", "hyperedge", "endpoint", "all"})
_SHOWN_CHARACTERS: Final = 40


@dataclass(slots=True, kw_only=True)
class ForeignKey:
    """A key as one sort of elements uses it."""

    id: str
    name: str
    """Empty where the document gives an empty one: its data are left out."""
    parse: Parse
    is_text: bool
    default: str | None = None

    def read(self, text: str) -> PropertyValue | None:
        """Read a value; None is none. Raises: ValueError naming key and value."""
        try:
            return self.parse(text)
        except ValueError as error:
            shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
            raise ValueError(f"the value {shown!r} of {self.name!r}: {error}") from error


class ForeignKeys:
    """Keys by sort and id: one id may stand for a node's and an edge's key of different types."""

    def __init__(self, limits: ArchiveLimits, warnings: Warnings) -> None:
        self.ours = False
        """Whether the document is of our dialect, whose keys have types that GraphML lacks."""
        self._limits = limits
        self._warnings = warnings
        self._by_sort: dict[str, dict[str, ForeignKey]] = {Sort.NODE: {}, Sort.EDGE: {}}
        self._names: dict[str, set[str]] = {Sort.NODE: set(), Sort.EDGE: set()}
        self.with_default: dict[Sort, dict[str, ForeignKey]] = {sort: {} for sort in Sort}
        """Keys that give a value to elements without data of their own, by id."""

    def declare(self, attributes: Mapping[str, str]) -> list[ForeignKey]:
        """Take a `<key>`; give what it declares, for its default. Raises: ValueError."""
        if attributes.get("id") is None:
            raise ValueError("a key without an id")
        belongs_to = attributes.get("for", "all").strip().lower()
        if belongs_to not in _SORTS:
            raise ValueError(f"a key for {belongs_to!r}; known are {', '.join(sorted(_SORTS))}")
        sorts = list(Sort) if belongs_to == "all" else [belongs_to]
        key = self._read(attributes)
        return [self._add(sort, replace(key)) for sort in sorts]

    def _read(self, attributes: Mapping[str, str]) -> ForeignKey:
        if self.ours:
            known = declare(attributes, self._limits)
            return ForeignKey(id=known.id, name=known.name, parse=known.kind.parse, is_text=True)
        name = attributes.get("attr.name", attributes["id"])
        parse = reader_of(attributes)
        if parse is None:
            word = attributes.get("attr.list") or attributes.get("attr.type")
            self._warnings.note("keys of the unknown type {!r} read as text", word or "")
        return ForeignKey(
            id=attributes["id"],
            name=check_name("property key", name, self._limits) if name else name,
            parse=parse or str,
            is_text=parse is None or is_text(attributes),
        )

    def _add(self, sort: str, key: ForeignKey) -> ForeignKey:
        keys = self._by_sort.setdefault(sort, {})
        self._names.setdefault(sort, set()).add(key.name)
        before = keys.setdefault(key.id, key)
        if len(keys) > self._limits.keys:
            raise ValueError(f"more than {self._limits.keys} keys for {sort}")
        if before.name != key.name or (self.ours and before.parse != key.parse):
            raise ValueError(f"two keys for {sort} with the id {key.id!r}, of different names or types")
        if before.parse != key.parse:  # NetworkX and others, where a property has values of two types
            self._warnings[f"keys of {sort}s declared with several types, read as text"] += 1
            before.parse, before.is_text = str, True
        return before

    def find(self, sort: Sort, key_id: str) -> ForeignKey:
        """Return the key of data, liberally: one of another sort, or an undeclared one, which is text."""
        if (key := self._by_sort[sort].get(key_id)) is not None:
            return key
        for others in self._by_sort.values():
            if (key := others.get(key_id)) is not None:
                self._warnings[f"data of {sort}s under a key that is declared for others"] += 1
                return key
        self._warnings[f"data of {sort}s under a key that is not declared, read as text"] += 1
        return ForeignKey(id=key_id, name=check_name("property key", key_id, self._limits), parse=str, is_text=True)

    def set_default(self, keys: Sequence[ForeignKey], text: str) -> None:
        """Keep the default of keys just declared. Raises: ValueError for one that is no value of theirs."""
        for key in keys:
            if key.name and key.read(text) is not None:
                key.default = text
                for sort in Sort:
                    if self._by_sort[sort].get(key.id) is key:
                        self.with_default[sort][key.id] = key
                    if len(self.with_default[sort]) > self._limits.columns:
                        raise ValueError(f"more than {self._limits.columns} keys have one ({Setting.COLUMNS})")

    def has_name(self, sort: Sort, name: str) -> bool:
        """Return whether a key of this sort has the name."""
        return name in self._names[sort]
