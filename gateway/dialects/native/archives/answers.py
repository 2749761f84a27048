"""The answers of archives, and the functions that make them."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from gateway.dialects.native.paging import Part
from shared.ports.archives import StoredArchive, Stray, StrayKind


class ArchiveAnswer(TypedDict):
    """An archive of the tenant's folder."""

    name: str
    bytes: int
    modified: Time | None
    pinned: bool
    """Whether it stays until it is unpinned."""


class ArchivesAnswer(TypedDict):
    """The archives that the caller sees."""

    archives: list[ArchiveAnswer]
    next_cursor: str | None
    """Where the next part begins; null: this is the last."""


class StrayAnswer(TypedDict):
    """Something in the tenant's folder that can be no archive."""

    id: str
    name: str
    kind: StrayKind
    reason: str
    """Why it is not taken for an archive."""


class StraysAnswer(TypedDict):
    """What lies in the tenant's folder and can be no archive."""

    strays: list[StrayAnswer]


class LinkAnswer(TypedDict):
    """A link to an archive."""

    url: str


def view_archives(part: Part[StoredArchive]) -> ArchivesAnswer:
    """Return a part of the listing of archives."""
    return {"archives": [view_archive(each) for each in part.items], "next_cursor": part.next_cursor}


def view_archive(archive: StoredArchive) -> ArchiveAnswer:
    """Return an archive."""
    return {
        "name": archive.name,
        "bytes": archive.bytes,
        "modified": view_time(archive.modified),
        "pinned": archive.pinned,
    }


def view_strays(strays: Sequence[Stray]) -> StraysAnswer:
    """Return the listing of strays."""
    return {"strays": [{"id": each.id, "name": each.name, "kind": each.kind, "reason": each.reason} for each in strays]}
