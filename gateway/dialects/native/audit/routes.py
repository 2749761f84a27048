"""The route of the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import ADMINISTRATORS
from gateway.dialects.native.audit import endpoints
from gateway.dialects.native.audit.answers import AuditAnswer
from gateway.dialects.native.audit.models import AuditQuery
from gateway.dialects.native.base import API
from gateway.doc import Answer, Doc
from gateway.route import Access, Route


def list_audit_routes() -> Sequence[Route]:
    """List the routes."""
    return [
        Route(
            method="GET",
            path=f"{API}/audit",
            name="audit.list",
            endpoint=endpoints.list_audit,
            doc=Doc(
                summary="List who changed what, refused attempts too, newest first.",
                query=AuditQuery,
                answers={200: Answer(model=AuditAnswer)},
            ),
            access=Access.USER,
            roles=ADMINISTRATORS,
        )
    ]
