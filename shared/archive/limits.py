"""The limits that exporters keep to, because readers refuse what exceeds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.errors import TooLargeError
from shared.quotas import Room


class Setting(StrEnum):
    """What an operator sets to change a limit, for messages."""

    INFLATED_BYTES = "GRAPHFERRY_MAX_INFLATED_BYTES"
    VALUE_BYTES = "GRAPHFERRY_MAX_VALUE_BYTES"
    MANIFEST_BYTES = "GRAPHFERRY_MAX_MANIFEST_BYTES"
    DEPTH = "GRAPHFERRY_MAX_DEPTH"
    ATTRIBUTES = "GRAPHFERRY_MAX_ATTRIBUTES"
    RATIO = "GRAPHFERRY_MAX_RATIO"
    ENTRIES = "GRAPHFERRY_MAX_ENTRIES"
    APPLICATIONS = "GRAPHFERRY_MAX_APPLICATIONS"
    COLUMNS = "GRAPHFERRY_MAX_COLUMNS"


MIB: Final = 1024**2
GIB: Final = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """Bounds of an archive; they come from settings, never from an archive."""

    inflated_bytes: int = 20 * GIB
    """All entries together."""
    archive_bytes: int | None = None
    """The ZIP file itself, checked while it is written; None: no limit."""
    room: Room | None = None
    """What it had of its quota when it was begun, checked as well; None: no limit."""
    token_bytes: int = 16 * MIB
    """One property value, one tag, or one comment: parsers need time quadratic in it."""
    manifest_bytes: int = 64 * MIB
    name_characters: int = 16_383
    """A label, a relationship type or a property key: what Neo4j allows."""
    labels: int = 4096
    """Of one node: a server's time for them is quadratic in it, and a single node cannot be written in parts."""
    depth: int = 256
    """Elements within one another, in documents of other tools; ours allow four by their form."""
    attributes: int = 32
    ratio: int = 200
    """Inflated to deflated bytes, checked above `ratio_floor_bytes`."""
    ratio_floor_bytes: int = 64 * MIB
    entries: int = 4096
    """Entries beyond those that each application may have."""
    applications: int = 1000
    keys: int = 100_000
    """Keys that one GraphML document declares, and data of one element in it: both are kept while it is read."""
    columns: int = 1000
    """Columns of one CSV table; keys of a GraphML document that give a value to elements without one."""

    @property
    def element_bytes(self) -> int:
        """All values of one node or relationship together: what is read of a database, and kept while it is read."""
        return max(32 * MIB, 2 * self.token_bytes)

    def require_applications(self, number: int) -> None:
        """Raise TooLargeError for more applications than one archive may hold."""
        if number > self.applications:
            raise TooLargeError(
                f"An archive holds at most {self.applications} applications ({Setting.APPLICATIONS}); "
                "export less at once."
            )

    def require_keys(self, number: int) -> None:
        """Raise TooLargeError for more keys than one document may declare."""
        if number > self.keys:
            raise TooLargeError(
                f"The application's document would declare {number} keys, one for each property key and type; "
                f"at most {self.keys} are allowed."
            )

    def require_inflating(self, inflated_bytes: int) -> None:
        """Raise TooLargeError for entries that are together above their limit."""
        if inflated_bytes > self.inflated_bytes:
            raise TooLargeError(
                f"The archive's entries take more than the {self.inflated_bytes} bytes that they may inflate to; "
                f"export less at once, or raise {Setting.INFLATED_BYTES} on all sides."
            )

    def require_fitting(self, archive_bytes: int) -> None:
        """Raise TooLargeError for a ZIP file above its limit, QuotaExceededError for one too much beside the others."""
        if self.archive_bytes is not None and archive_bytes > self.archive_bytes:
            raise TooLargeError(
                f"The archive is above its limit of {self.archive_bytes} bytes: {archive_bytes} are written already; "
                "export less at once."
            )
        if self.room is not None:
            self.room.require(archive_bytes)
