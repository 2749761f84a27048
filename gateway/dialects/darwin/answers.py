"""The answers of the darwin surface."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class MessageAnswer(TypedDict):
    """What became of one object, or of all of the request."""

    messageType: str
    message: str
    messageKey: str | None
    property: str | None
    """Always null."""


class ImportAnswer(TypedDict):
    """What an import did; errors have this form too."""

    errors: bool
    messageList: list[MessageAnswer]
    job_id: NotRequired[str]
    """Of a job that goes on, although its caller waits no longer; so is `job_url`."""
    job_url: NotRequired[str]


class ExportAnswer(TypedDict):
    """The archive in Base64, or why there is none."""

    errors: bool
    messageList: list[MessageAnswer]
    result: str | None
