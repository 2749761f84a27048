"""The answers of the imaging surface."""

from __future__ import annotations

from typing_extensions import TypedDict


class Accepted(TypedDict):
    """The job, and its log."""

    uuid: str
    logFile: str


class AcceptedAnswer(TypedDict):
    """An accepted job."""

    success: Accepted


class ImagingErrorFacts(TypedDict):
    """What an error of the imaging surface says."""

    code: str
    message: str
    details: list[str]


class ImagingError(TypedDict):
    """An error of the imaging surface."""

    error: ImagingErrorFacts
