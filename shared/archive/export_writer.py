"""The protocols between an export and the writers of archive formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from shared.catalogue import CatalogueEntry
from shared.graph import NodeRow, RelationshipRow, SchemaEntry
from shared.references import ExternalReference


class WrittenApplication(Protocol):
    """What was read of one application."""

    @property
    def name(self) -> str:
        """The application's name."""
        ...

    @property
    def version(self) -> str | None:
        """Its version, as the catalogue has it."""
        ...

    @property
    def folder(self) -> str:
        """Its database, as settings name it."""
        ...

    @property
    def service_id(self) -> str:
        """The application's stable id."""
        ...

    @property
    def version_id(self) -> str:
        """The version's stable id."""
        ...

    @property
    def nodes(self) -> int:
        """How many nodes were read."""
        ...

    @property
    def relationships(self) -> int:
        """How many relationships were read."""
        ...

    @property
    def digest(self) -> str:
        """The fingerprint of what was read."""
        ...


class WrittenFile(Protocol):
    """What a finished file holds."""

    @property
    def applications(self) -> Sequence[WrittenApplication]:
        """Its applications, in order."""
        ...


class ApplicationSink(Protocol):
    """Takes one application: nodes first, then relationships, shared nodes, references, then `finish`."""

    async def write_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Append nodes. Raises: SourceChangedError, UnsupportedValueError, DiskFullError, TooLargeError."""
        ...

    async def write_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Append relationships between nodes written before. Raises: as write_nodes."""
        ...

    async def write_shared_nodes(self, ids: Sequence[int]) -> None:
        """Mark nodes written before as shared with other applications. Raises: as write_nodes."""
        ...

    async def write_references(self, references: Sequence[ExternalReference]) -> None:
        """Append relationships that leave the application from nodes written before. Raises: as write_nodes."""
        ...

    def note_others(self, count: int) -> None:
        """Note how many more relationships lead to applications of which nothing may be told."""
        ...

    async def finish(self) -> WrittenApplication:
        """Complete the application. Raises: DiskFullError."""
        ...


class ExportWriter(Protocol):
    """A file that is being written; one application at a time."""

    async def begin(
        self,
        entry: CatalogueEntry,
        schema: Sequence[SchemaEntry],
        stripper: Callable[[str], bool] = ...,
        *,
        tells_all: bool = ...,
    ) -> ApplicationSink:
        """Begin the next application; `stripper` tells the property keys to leave out.

        `tells_all`: whether all of the source's schema may be told, or only what is of the application's own names.
        """
        ...

    async def finish(self, source_engine: str, database: str) -> WrittenFile:
        """Complete the file. Raises: DiskFullError, TooLargeError, VerificationError."""
        ...
