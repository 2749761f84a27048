"""How the native surface shows what an archive holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.dialects.native.archives.answers import ConflictAnswer
from gateway.dialects.native.archives.inspection import Conflict, Judgement
from shared.archive.inspection.report import report_inspection
from shared.catalogue import DEFAULT_VERSION


def view_judgement(name: str, judgement: Judgement) -> Mapping[str, Any]:
    """Return what an archive holds, the checks that it has passed, what an import would meet and take."""
    return {
        **report_inspection(name, judgement.inspection),
        "database": judgement.database,
        "conflicts": [_view_conflict(each) for each in judgement.conflicts],
        "disk": judgement.disk,
    }


def _view_conflict(conflict: Conflict) -> ConflictAnswer:
    return {
        "name": conflict.application.name,
        "version": conflict.application.version or DEFAULT_VERSION,
        "exists": bool(conflict.present),
        "present_versions": [each.version or DEFAULT_VERSION for each in conflict.present],
        "missing_schema": conflict.missing_schema,
    }
