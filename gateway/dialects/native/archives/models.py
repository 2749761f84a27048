"""The bodies and queries of archives."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from gateway.bodies.parsing import MOST_NAMES
from gateway.dialects.native.choices import JoinLabels
from gateway.dialects.native.foreign_names import ForeignNamesFields
from shared.jobs.label_pairs import parse_label_pair
from shared.jobs.requests import InspectRequest


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _require_pair(text: str) -> str:
    parse_label_pair(text)
    return text


Renaming = Annotated[str, AfterValidator(_require_pair)]


class InspectQuery(ForeignNamesFields):
    """What GET /archives/{name}/inspect may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: Annotated[str, Field(min_length=1)] | None = None
    """Where conflicts are looked for; absent: nowhere."""
    join_labels: Annotated[JoinLabels, BeforeValidator(_listed)] = ()
    """As an import would be told."""
    rename_labels: Annotated[tuple[Renaming, ...], Field(max_length=MOST_NAMES), BeforeValidator(_listed)] = ()
    """As an import would be told, each as `LABEL=OTHER`."""

    def to_request(self, archive_name: str) -> InspectRequest:
        """Return the request for this archive."""
        return InspectRequest(
            database=self.database or "",
            archive_name=archive_name,
            foreign=self.to_names(),
            join_labels=self.join_labels,
            rename_labels=dict(map(parse_label_pair, self.rename_labels)),
        )


class ArchiveChangeBody(BaseModel):
    """What PATCH /archives/{name} sends."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    pinned: bool
