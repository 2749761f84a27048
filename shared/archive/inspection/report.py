"""Says in JSON what a good archive holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, Final

from shared.archive.inspection.inspection import Inspection
from shared.archive.manifest import ApplicationManifest
from shared.archive.zip.archive_kind import ArchiveKind
from shared.catalogue import DEFAULT_VERSION

_CHECKS: Final = ("structure", "checksums", "well_formed", "ids", "ends", "types", "names", "limits")
_MANIFEST_CHECKS: Final = ("counts", "hashes", "digest")
"""What only a manifest can promise."""


def report_inspection(name: str, inspection: Inspection) -> Mapping[str, Any]:
    """Return the content of an archive, the checks that it has passed, what an import would change."""
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
        "applications": [
            _report_application(application, dialects)
            for application, dialects in zip(manifest.applications, inspection.dialects or repeat(()), strict=False)
        ],
        "checks": [*_CHECKS, *(_MANIFEST_CHECKS if ours else ())],
        "warnings": list(inspection.warnings),
    }


def _report_application(application: ApplicationManifest, dialects: Sequence[str]) -> Mapping[str, Any]:
    return {
        **application.model_dump(
            include={"name", "kind", "service_id", "version_id", "folder", "entry", "digest"}
            | {"nodes", "relationships", "properties", "labels", "types", "shared_nodes"}
            | {"external_references", "secured_properties", "fidelity"}
        ),
        "version": application.version or DEFAULT_VERSION,
        "others": application.others,
        "dialects": list(dialects),
    }
