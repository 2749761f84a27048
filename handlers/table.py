"""The table of handlers: which one answers which job kind."""

from __future__ import annotations

from collections.abc import Mapping

from handlers import copies as copy_applications
from handlers import deletions as delete_application
from handlers.attempts.context import Handler
from handlers.exports import handler as export_applications
from handlers.imports import handler as import_applications
from shared.jobs.record import JobKind

HANDLERS: Mapping[JobKind, Handler] = {
    JobKind.EXPORT: export_applications.HANDLER,
    JobKind.IMPORT: import_applications.HANDLER,
    JobKind.COPY: copy_applications.HANDLER,
    JobKind.DELETE: delete_application.HANDLER,
}
