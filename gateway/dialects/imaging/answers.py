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
