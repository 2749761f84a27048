"""How archives are listed."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bodies.times import view_time
from gateway.dialects.native.archives.answers import ArchivesAnswer
from shared.ports.archives import StoredArchive


def view_archives(archives: Sequence[StoredArchive]) -> ArchivesAnswer:
    """Return the listing of archives."""
    return {
        "archives": [
            {"name": each.name, "bytes": each.bytes, "modified": view_time(each.modified)} for each in archives
        ]
    }
