"""The form of errors on this surface."""

from __future__ import annotations

from http import HTTPStatus

from gateway.error_facts import ErrorBody, ErrorFacts

CHECKSUM_MISMATCH = 460
"""Not one of the registered statuses, but of the protocol of uploads."""


def form_problem(facts: ErrorFacts) -> ErrorBody:
    """Return an error as problem details (RFC 9457)."""
    content = {
        "type": f"urn:graphferry:error:{facts.code}",
        "title": _title_of(facts.status),
        "status": facts.status,
        "detail": facts.message,
        "code": facts.code,
        "details": list(facts.details),
        "request_id": facts.request_id,
    }
    return ErrorBody(content=content, content_type="application/problem+json")


def _title_of(status: int) -> str:
    return HTTPStatus(status).phrase if status != CHECKSUM_MISMATCH else "Checksum Mismatch"
