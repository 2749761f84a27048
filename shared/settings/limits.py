"""Settings of what one archive may hold, for exports and imports alike."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

_MIB: Final = 1024**2
_GIB: Final = 1024**3


class LimitSettings(BaseModel):
    """What readers refuse, and writers keep to. The lower bounds leave room for every archive's own structure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_inflated_bytes: int = Field(default=20 * _GIB, ge=_MIB, le=2**44)
    """All entries of an archive together."""
    max_value_bytes: int = Field(default=16 * _MIB, ge=64 * 1024, le=256 * _MIB)
    """One property value, tag, comment or CSV record; memory is needed several times over. All values of a
    node or a relationship together may have twice as much, and 32 MiB at least."""
    max_manifest_bytes: int = Field(default=64 * _MIB, ge=_MIB, le=_GIB)
    """The manifest, which is read whole."""
    max_depth: int = Field(default=256, ge=8, le=10_000)
    """Elements within one another in the documents of other tools."""
    max_attributes: int = Field(default=32, ge=16, le=1000)
    """Attributes of one element."""
    max_ratio: int = Field(default=200, ge=101, le=2000)
    """How many times its deflated size an entry above 64 MiB may inflate to; exports keep below 101."""
    max_entries: int = Field(default=4096, ge=16, le=65_535)
    """Entries of a ZIP beyond those that each application has anyhow."""
    max_applications: int = Field(default=1000, ge=1, le=100_000)
    """Applications of one archive; what is known of each is kept in memory."""
    max_columns: int = Field(default=1000, ge=2, le=100_000)
    """Columns of one CSV table."""
