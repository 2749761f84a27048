"""The node of a foreign archive that is its application's entry in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from shared.archive.foreign.warnings import Warnings
from shared.catalogue import CATALOGUE_LABEL, CatalogueEntry, version_id_of
from shared.damaged_entries import OWN_KEYS, damage_of
from shared.graph import NodeRow, Properties, RelationshipRow

_TAKEN: Final = "nodes taken as the application's entry in the catalogue, with their properties"
_UNLINKED: Final = "relationships of the application's entry in the catalogue left out"


class EntryNode:
    """Holds the one node back that carries the catalogue's label and the application's name; others are content."""

    def __init__(self, name: str, warnings: Warnings) -> None:
        self._name = name
        self._warnings = warnings
        self._id: int | None = None
        self._properties: Properties = {}

    def take_from(self, rows: Sequence[NodeRow]) -> Sequence[NodeRow]:
        """Return nodes without the entry."""
        for at, (node, labels, properties) in enumerate(rows):
            if self._id is None and CATALOGUE_LABEL in labels and self._is_entry(properties):
                self._id, self._properties = node, properties
                self._warnings[_TAKEN] += 1
                return [*rows[:at], *rows[at + 1 :]]
        return rows

    def _is_entry(self, properties: Properties) -> bool:
        return properties.get("Name") == self._name and damage_of(properties) is None

    def unlink(self, rows: Sequence[RelationshipRow]) -> Sequence[RelationshipRow]:
        """Return relationships without those of the entry."""
        if self._id is None:
            return rows
        kept = [row for row in rows if self._id not in row[1:3]]
        if len(kept) < len(rows):
            self._warnings[_UNLINKED] += len(rows) - len(kept)
        return kept

    def describe(self, entry: CatalogueEntry) -> CatalogueEntry:
        """Return an entry with what the node says; the label stays the one of the name."""
        own: dict[str, Any] = {key: self._properties.get(key) for key in OWN_KEYS}
        version = own["Version"]
        return replace(
            entry,
            version=version,
            kind=own["Kind"] or entry.kind,
            service_id=own["ServiceId"] or entry.service_id,
            version_id=own["VersionId"] or version_id_of(entry.database, entry.name, version),
            properties={key: value for key, value in self._properties.items() if key not in OWN_KEYS},
        )
