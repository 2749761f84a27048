"""The forms of errors, one for each surface."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NotRequired

from typing_extensions import TypedDict

from gateway.dialects.darwin.answers import ImportAnswer
from gateway.dialects.spark.answers import FailureAnswer
from shared.jobs.record import Surface


class Problem(TypedDict):
    """An error of the native surface: problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    details: list[str]
    request_id: str


class ImagingErrorFacts(TypedDict):
    """What an error of the imaging surface says."""

    code: str
    message: str
    details: list[str]


class ImagingError(TypedDict):
    """An error of the imaging surface."""

    error: ImagingErrorFacts


class ServiceError(FailureAnswer):
    """An error of the spark surface."""

    job_id: NotRequired[str]
    """Of the tenant's running job, where that is the reason."""
    status_url: NotRequired[str]


ERROR_BODIES: Final[Mapping[Surface, Any]] = MappingProxyType(
    {
        Surface.IMAGING: ImagingError,
        Surface.SPARK: ServiceError,
        Surface.DARWIN: ImportAnswer,
        Surface.NATIVE: Problem,
    }
)
ERROR_TYPES: Final[Mapping[Surface, str]] = MappingProxyType(
    {
        Surface.IMAGING: "application/json",
        Surface.SPARK: "application/json",
        Surface.DARWIN: "application/json",
        Surface.NATIVE: "application/problem+json",
    }
)
