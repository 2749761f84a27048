"""How archives are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gateway.dialects.native.times import view_time
from shared.jobs import ArchiveFacts
from shared.ports.archives import StoredArchive


def view_archives(archives: Sequence[StoredArchive]) -> Mapping[str, Any]:
    """Return the listing of archives."""
    return {
        "archives": [
            {"name": each.name, "bytes": each.bytes, "modified": view_time(each.modified)} for each in archives
        ]
    }


def view_archive(archive: ArchiveFacts) -> Mapping[str, Any]:
    """Return an archive just received."""
    return asdict(archive)
