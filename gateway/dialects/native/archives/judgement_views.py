"""How the native surface shows what an archive holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from gateway.judgement import Conflict, Judgement
from shared.archive.manifest import ApplicationManifest
from shared.archive.zip_names import ArchiveKind
from shared.catalogue import DEFAULT_VERSION

_CHECKS: Final = ("structure", "checksums", "well_formed", "ids", "ends", "types", "names", "limits")
_MANIFEST_CHECKS: Final = ("counts", "hashes", "digest")
"""What only a manifest can promise."""


def view_judgement(name: str, judgement: Judgement) -> Mapping[str, Any]:
    """Return what an archive holds, the checks that it has passed, what an import would meet and take."""
    inspection = judgement.inspection
    ours = inspection.kind is ArchiveKind.OURS
    manifest = inspection.manifest
    return {
        "name": name,
        "bytes": inspection.size,
        "sha256": inspection.sha256,
        "kind": inspection.kind,
        "format_version": manifest.format_version if ours else None,
        "tool_version": manifest.tool_version if ours else None,
        "source": manifest.source.model_dump() if ours else None,
        "applications": [_view_application(each) for each in manifest.applications],
        "checks": [*_CHECKS, *(_MANIFEST_CHECKS if ours else ())],
        "warnings": list(inspection.warnings),
        "database": judgement.database,
        "conflicts": [_view_conflict(each) for each in judgement.conflicts],
        "disk": asdict(judgement.disk),
    }


def _view_application(application: ApplicationManifest) -> Mapping[str, Any]:
    return {
        **application.model_dump(
            include={"name", "kind", "service_id", "version_id", "folder", "entry", "digest"}
            | {"nodes", "relationships", "properties", "labels", "types", "shared_nodes"}
            | {"external_references", "secured_properties", "fidelity"}
        ),
        "version": application.version or DEFAULT_VERSION,
    }


def _view_conflict(conflict: Conflict) -> Mapping[str, Any]:
    return {
        "name": conflict.application.name,
        "version": conflict.application.version or DEFAULT_VERSION,
        "exists": bool(conflict.present),
        "present_versions": [each.version or DEFAULT_VERSION for each in conflict.present],
        "missing_schema": [asdict(each) for each in conflict.missing_schema],
    }
