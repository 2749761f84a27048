"""Tells from the names in a ZIP what kind of archive it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import MANIFEST_ENTRY
from shared.archive.zip.directory import ListedEntry
from shared.errors import InvalidArchiveError


class ArchiveKind(StrEnum):
    """Whose layout the entries of a ZIP have."""

    OURS = "graphferry"
    """A manifest with the documents that it names."""
    GRAPHML = "graphml"
    """GraphML files of any tool: one application together."""
    CSV = "csv"
    """CSV tables of older exporters: one application in each folder."""


CSV_TABLES: Final = (
    *("objects.csv", "objectType.csv", "transactions.csv"),
    *("belongsTo.csv", "objectTypeLinks.csv", "references.csv", "transactionObjects.csv"),
    *("startPoint.csv", "endPoint.csv"),
)
"""The files of an older exporter: three of nodes, then six of relationships."""

_SEGMENT: Final = r"(?!\.{1,2}/)[^/\\:\x00-\x1f\x7f]{1,255}"
_TABLE: Final = "|".join(map(re.escape, CSV_TABLES))
_FILES: Final[Mapping[ArchiveKind, re.Pattern[str]]] = {
    ArchiveKind.OURS: re.compile(r"manifest\.json|applications/[1-9][0-9]{0,5}/(?:graph\.graphml|references\.jsonl)"),
    ArchiveKind.GRAPHML: re.compile(rf"(?:{_SEGMENT}/){{0,8}}[^/\\:\x00-\x1f\x7f]{{0,247}}\.(?:graphml|xml)"),
    ArchiveKind.CSV: re.compile(rf"{_SEGMENT}/(?:{_TABLE})"),
}
_FOLDERS: Final[Mapping[ArchiveKind, re.Pattern[str]]] = {
    ArchiveKind.OURS: re.compile(r"applications/(?:[1-9][0-9]{0,5}/)?"),
    ArchiveKind.GRAPHML: re.compile(rf"(?:{_SEGMENT}/){{1,8}}"),
    ArchiveKind.CSV: re.compile(rf"{_SEGMENT}/"),
}
_KNOWN: Final[Mapping[ArchiveKind, str]] = {
    ArchiveKind.OURS: "beside manifest.json only applications/N/graph.graphml, applications/N/references.jsonl",
    ArchiveKind.GRAPHML: "without a manifest only .graphml or .xml files in plain folders",
    ArchiveKind.CSV: f"beside objects.csv only {', '.join(CSV_TABLES[1:])}, in one folder for each application",
}
_PER_APPLICATION: Final[Mapping[ArchiveKind, tuple[re.Pattern[str], int]]] = {
    ArchiveKind.OURS: (re.compile(r"applications/[0-9]+/graph\.graphml"), 2),
    ArchiveKind.GRAPHML: (re.compile(r"(?!)"), 0),
    ArchiveKind.CSV: (re.compile(r"[^/]+/objects\.csv"), len(CSV_TABLES) + 1),
}
"""What counts applications, with how many entries each may add to the limit."""


def recognise(listed: Sequence[ListedEntry], limits: ArchiveLimits) -> ArchiveKind:
    """Return the kind. Raises: InvalidArchiveError for a name outside its layout, or one that stands there twice."""
    names = [_text(each) for each in listed]
    kind = _kind_of(names)
    seen: set[str] = set()
    for name in names:
        allowed = _FOLDERS[kind] if name.endswith("/") else _FILES[kind]
        if allowed.fullmatch(name) is None:
            raise InvalidArchiveError(f"Has no place in an archive: {_KNOWN[kind]} are known.", entry=name)
        if (same := unicodedata.normalize("NFC", name).casefold()) in seen:
            raise InvalidArchiveError("Is in the archive twice, or in two spellings of one name.", entry=name)
        seen.add(same)
    pattern, further = _PER_APPLICATION[kind]
    limit = limits.entries + further * sum(pattern.fullmatch(name) is not None for name in names)
    if len(listed) > limit:
        raise InvalidArchiveError(f"{len(listed)} entries; at most {limit} are allowed.")
    return kind


def _text(listed: ListedEntry) -> str:
    try:
        return listed.raw_name.decode()
    except UnicodeDecodeError as error:
        raise InvalidArchiveError("Has no place in an archive: its name is not UTF-8.", entry=listed.name) from error


def _kind_of(names: Sequence[str]) -> ArchiveKind:
    signs: Sequence[tuple[ArchiveKind, Callable[[str], bool]]] = (
        (ArchiveKind.OURS, MANIFEST_ENTRY.__eq__),
        (ArchiveKind.CSV, lambda name: name.rpartition("/")[2] in CSV_TABLES),
        (ArchiveKind.GRAPHML, lambda name: name.endswith((".graphml", ".xml"))),
    )
    for kind, is_sign in signs:
        if any(map(is_sign, names)):
            return kind
    raise InvalidArchiveError(
        "No manifest, no GraphML file, none of the CSV files of older exporters: not an archive that can be read.",
        entry=names[0] if names else MANIFEST_ENTRY,
    )
