"""What to do with applications that arrive."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.bodies.parsing import MOST_NAMES
from gateway.dialects.native.bodies import Body, Name
from shared.jobs.requests import ApplicationChoice, ConflictAction, VersionStep

Action = Annotated[ConflictAction, Field(strict=False)]
Suffix = Annotated[str, Field(min_length=1, max_length=200)]
JoinLabels = Annotated[tuple[Name, ...], Field(max_length=MOST_NAMES, strict=False)]
"""Labels whose nodes are joined to those that have their keys, also where the properties differ."""


RenamedLabels = Annotated[dict[Name, Name], Field(max_length=MOST_NAMES)]
"""By label of the archive, the one that its nodes get instead."""


class ChosenApplication(Body):
    """One of the `applications` of a request."""

    name: Name
    """Where it comes from."""
    version: Name | None = None
    """None: every version of it in the archive, or the newest in the database."""
    import_as: Name | None = None
    """None: as where it comes from."""
    on_conflict: Action | None = None
    """None: as the request says for all."""
    version_step: Annotated[VersionStep, Field(strict=False)] = VersionStep.MINOR
    suffix: Suffix | None = None

    def to_choice(self, on_conflict: ConflictAction, suffix: str | None) -> ApplicationChoice:
        """Convert to the domain's choice; what it leaves open, the request says for all."""
        return ApplicationChoice(
            source_name=self.name,
            source_version=self.version,
            name=self.import_as or self.name,
            on_conflict=self.on_conflict or on_conflict,
            version_step=self.version_step,
            suffix=self.suffix or suffix,
        )
