"""The form of errors on this surface."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from typing_extensions import TypedDict

from gateway.error_facts import ErrorFacts

PROBLEM_TYPE: Final = "application/problem+json"

CHECKSUM_MISMATCH = 460
"""Not one of the registered statuses, but of the protocol of uploads."""


class Problem(TypedDict):
    """An error of the native surface: problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    details: list[str]
    request_id: str
    trace_id: str


def form_problem(facts: ErrorFacts) -> Problem:
    """Return an error as problem details (RFC 9457)."""
    return {
        "type": f"urn:graphferry:error:{facts.code}",
        "title": _title_of(facts.status),
        "status": facts.status,
        "detail": facts.message,
        "code": facts.code,
        "details": list(facts.details),
        "request_id": facts.request_id,
        "trace_id": facts.trace_id,
    }


def _title_of(status: int) -> str:
    return HTTPStatus(status).phrase if status != CHECKSUM_MISMATCH else "Checksum Mismatch"
