"""The table of handlers: which one answers which job kind."""

from __future__ import annotations

from collections.abc import Mapping

from handlers import copy_applications, delete_application, export_applications, import_applications
from handlers.context import Handler
from shared.jobs import JobKind

HANDLERS: Mapping[JobKind, Handler] = {
    JobKind.EXPORT: export_applications.HANDLER,
    JobKind.IMPORT: import_applications.HANDLER,
    JobKind.COPY: copy_applications.HANDLER,
    JobKind.DELETE: delete_application.HANDLER,
}
