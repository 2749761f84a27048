"""The queries of databases and their applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gateway.bodies.parsing import MOST_NAMES
from gateway.dialects.native.paging import PartQuery
from shared.catalogue import CatalogueEntry


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ApplicationsQuery(PartQuery):
    """What GET applications may ask for."""

    counts: bool = False
    """Whether nodes and relationships are told, as far as they are known within some seconds."""
    name: Annotated[frozenset[str] | None, BeforeValidator(_listed), Field(max_length=MOST_NAMES)] = None
    """Only the applications of these names."""

    def wants(self, entry: CatalogueEntry) -> bool:
        """Return whether an entry is asked for."""
        return (self.name is None or entry.name in self.name) and self.finds(entry.name)


class EntryBody(BaseModel):
    """What PATCH of a damaged entry sends: null takes a property away, what is not named stays."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    name: str | None = None
    label: str | None = None
    version: str | None = None
    kind: str | None = None
    service_id: str | None = None
    version_id: str | None = None

    def to_values(self) -> Mapping[str, str | None]:
        """Return the catalogue node's properties, by the names that they have there."""
        named = {key: getattr(self, key) for key in self.model_fields_set}
        return {"".join(part.capitalize() for part in key.split("_")): value for key, value in named.items()}


class VersionQuery(BaseModel):
    """What says which version of an application is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[str | None, Field(min_length=1)] = None
    """None: every version, or where one is shown, the newest."""
