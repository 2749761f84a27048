"""The table of handlers: which one answers which job kind."""

from __future__ import annotations

from collections.abc import Mapping

from handlers import copies, deletions, inspections
from handlers.attempts.context import Handler
from handlers.exports import handler as exports
from handlers.imports import handler as imports
from shared.jobs.record import JobKind

HANDLERS: Mapping[JobKind, Handler] = {
    JobKind.EXPORT: exports.HANDLER,
    JobKind.IMPORT: imports.HANDLER,
    JobKind.COPY: copies.HANDLER,
    JobKind.DELETE: deletions.HANDLER,
    JobKind.INSPECT: inspections.HANDLER,
}
