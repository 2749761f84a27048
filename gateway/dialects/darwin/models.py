"""The requests of the darwin surface."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.bodies.parsing import MOST_NAMES

PACKAGE_FIELD = "exportPackage"

Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A part of a version."""


class _Body(BaseModel):
    # Fields that we do not know are passed over: the clients of this surface are older than we are.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ObjectType(StrEnum):
    """What a version is one of: a kind of the catalogue, with an ending."""

    APPLICATION = "APPLICATION_VERSION"
    SERVICE = "SERVICE_VERSION"
    SCRIPT_TASK = "SCRIPT_TASK_VERSION"


class ObjectToExport(_Body):
    """One of `exportRequestParameter`."""

    name: Annotated[str, Field(min_length=1)]
    major: Number
    minor: Number
    micro: Number
    qualifier: str | None = None
    type: Annotated[ObjectType, Field(strict=False)]

    @property
    def version(self) -> str:
        """The version as the catalogue writes it."""
        numbers = f"{self.major}.{self.minor}.{self.micro}"
        return f"{numbers}-{self.qualifier}" if self.qualifier else numbers

    @property
    def kind(self) -> str:
        """The kind as the catalogue writes it."""
        return self.type.name


class DarwinExportBody(_Body):
    """What POST export sends."""

    strip_secured: bool = Field(default=False, alias="stripSecuredProperties")
    objects: Annotated[
        tuple[ObjectToExport, ...],
        Field(min_length=1, max_length=MOST_NAMES, alias="exportRequestParameter", strict=False),
    ]


class Action(StrEnum):
    """What an import does with versions that are there already."""

    CHECK = "CHECK"
    SKIP = "SKIP"
    OVERWRITE = "OVERWRITE"
    IMPORT_AS_NEW = "IMPORTASNEW"


class DarwinImportBody(_Body):
    """What POST import sends; its package is received apart."""

    package: Literal[""] = Field(alias="exportPackage")
    """What is left of it here."""
    action: Annotated[Action, Field(alias="conflictResolutionAction", strict=False)]
    suffix: Annotated[str | None, Field(alias="importAsNewSuffix", max_length=200)] = None

    @model_validator(mode="after")
    def _require_suffix(self) -> Self:
        if self.action is Action.IMPORT_AS_NEW and not self.suffix:
            raise ValueError(f"importAsNewSuffix is needed with {self.action}")
        return self


class TargetQuery(BaseModel):
    """What both requests may say in the query."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    database: Annotated[str | None, Field(min_length=1)] = None
    """None: the tenant's catalogue database."""
