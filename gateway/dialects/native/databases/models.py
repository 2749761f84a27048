"""The queries of databases and their applications."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ApplicationsQuery(BaseModel):
    """What GET applications may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts: bool = False
    """Whether nodes and relationships are counted."""


class VersionQuery(BaseModel):
    """What says which version of an application is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[str | None, Field(min_length=1)] = None
    """None: every version, or where one is shown, the newest."""
