"""The routes of the native surface, those of each resource in its folder."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.archives.routes import list_archive_routes
from gateway.dialects.native.audit.routes import list_audit_routes
from gateway.dialects.native.copies.routes import list_copy_routes
from gateway.dialects.native.databases.routes import list_database_routes
from gateway.dialects.native.events.routes import list_event_routes
from gateway.dialects.native.exports.routes import list_export_routes
from gateway.dialects.native.grants.routes import list_grant_routes
from gateway.dialects.native.imports.routes import list_import_routes
from gateway.dialects.native.jobs.routes import list_job_routes
from gateway.dialects.native.keys.routes import list_key_routes
from gateway.dialects.native.me.routes import list_own_routes
from gateway.dialects.native.overview.routes import list_overview_routes
from gateway.dialects.native.schedules.routes import list_schedule_routes
from gateway.dialects.native.tenants.routes import list_tenant_routes
from gateway.dialects.native.uploads.routes import list_upload_routes
from gateway.dialects.native.users.routes import list_user_routes
from gateway.dialects.native.webhooks.routes import list_webhook_routes
from gateway.route import Route


def list_native_routes() -> Sequence[Route]:
    """List every route of this surface."""
    return [
        *list_job_routes(),
        *list_event_routes(),
        *list_archive_routes(),
        *list_upload_routes(),
        *list_export_routes(),
        *list_import_routes(),
        *list_copy_routes(),
        *list_database_routes(),
        *list_own_routes(),
        *list_tenant_routes(),
        *list_user_routes(),
        *list_key_routes(),
        *list_overview_routes(),
        *list_grant_routes(),
        *list_schedule_routes(),
        *list_audit_routes(),
        *list_webhook_routes(),
    ]
