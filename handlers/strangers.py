"""Tells of nodes that somebody else gives an application's label while a job works on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from handlers.attempts.context import Context
from shared.errors import UnknownApplicationError
from shared.jobs.record import Progress
from shared.jobs.summaries import ApplicationStatus, ImportedVersion, Summary

_NOT_WRITTEN = frozenset({ApplicationStatus.SKIPPED, ApplicationStatus.CONFLICT})
_JOINED = "nodes have its label that this import did not bring; they belong to it now."


async def tell_joined(summary: Summary, context: Context) -> Summary:
    """Warn of nodes that published applications have beside those that were brought. Raises: as the port."""
    written = [each for each in summary.applications_of(ImportedVersion) if each.status not in _NOT_WRITTEN]
    more = [(each.name, await _count_more(each, context)) for each in written]
    lines = [f"{name}: {count} {_JOINED}" for name, count in more if count > 0]
    return _warn(summary, lines)


async def _count_more(application: ImportedVersion, context: Context) -> int:
    source = context.source(application.database)
    with suppress(UnknownApplicationError):  # somebody deletes it already
        entry = await source.get_application(application.name, application.version)
        return await source.count_nodes(entry.label) - application.nodes
    return 0


def tell_removed(summary: Summary, progress: Progress) -> Summary:
    """Warn of nodes that went although they had not the label when the deletion began."""
    more = progress.nodes_done - (progress.nodes_total or 0)
    return _warn(summary, [f"{more} nodes went that got the label after the deletion had begun."] if more > 0 else [])


def _warn(summary: Summary, lines: Sequence[str]) -> Summary:
    return replace(summary, warnings=(*(summary.warnings or ()), *lines)) if lines else summary
