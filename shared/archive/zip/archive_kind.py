"""Tells from the names in a ZIP what kind of archive it is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from shared.archive.limits import ArchiveLimits, Setting
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

_TABLES_BY_SPELLING: Final = {table.casefold(): table for table in CSV_TABLES}
_GRAPHML_SUFFIXES: Final = (".graphml", ".xml")

_SEGMENT: Final = r"(?!\.{1,2}/)[^/\\:\x00-\x1f\x7f]{1,255}"
_TABLE: Final = f"(?i:{'|'.join(map(re.escape, CSV_TABLES))})"
_FILES: Final[Mapping[ArchiveKind, re.Pattern[str]]] = {
    ArchiveKind.OURS: re.compile(r"manifest\.json|applications/[1-9][0-9]{0,5}/(?:graph\.graphml|references\.jsonl)"),
    ArchiveKind.GRAPHML: re.compile(rf"(?:{_SEGMENT}/){{0,8}}[^/\\:\x00-\x1f\x7f]{{0,247}}\.(?i:graphml|xml)"),
    ArchiveKind.CSV: re.compile(rf"{_SEGMENT}/{_TABLE}"),
}
_FOLDERS: Final[Mapping[ArchiveKind, re.Pattern[str]]] = {
    ArchiveKind.OURS: re.compile(r"applications/(?:[1-9][0-9]{0,5}/)?"),
    ArchiveKind.GRAPHML: re.compile(rf"(?:{_SEGMENT}/){{1,8}}"),
    ArchiveKind.CSV: re.compile(rf"{_SEGMENT}/"),
}
_TOP_TABLE: Final = re.compile(_TABLE)
_NO_FOLDER: Final = re.compile(r"(?!)")
_KNOWN: Final[Mapping[ArchiveKind, str]] = {
    ArchiveKind.OURS: "beside manifest.json only applications/N/graph.graphml, applications/N/references.jsonl",
    ArchiveKind.GRAPHML: "without a manifest only .graphml or .xml files in plain folders",
    ArchiveKind.CSV: (
        f"beside objects.csv only {', '.join(CSV_TABLES[1:])}, in one folder for each application, "
        "or all of one application at the top"
    ),
}
_PER_APPLICATION: Final[Mapping[ArchiveKind, tuple[re.Pattern[str], int]]] = {
    ArchiveKind.OURS: (re.compile(r"applications/[0-9]+/graph\.graphml"), 2),
    ArchiveKind.GRAPHML: (re.compile(r"(?!)"), 0),
    ArchiveKind.CSV: (re.compile(r"(?:[^/]+/)?(?i:objects\.csv)"), len(CSV_TABLES) + 1),
}
"""What counts applications, with how many entries each may add to the limit."""

_FOLDERS_ABOVE: Final = rf"(?:{_SEGMENT}/){{0,9}}"
_PASSED_OVER: Final[Mapping[str, re.Pattern[str]]] = {
    "__MACOSX": re.compile(rf"{_FOLDERS_ABOVE}__MACOSX/{_FOLDERS_ABOVE}(?:\._[^/\\:\x00-\x1f\x7f]{{1,253}})?"),
    ".DS_Store": re.compile(rf"{_FOLDERS_ABOVE}\.DS_Store"),
    "Thumbs.db": re.compile(rf"{_FOLDERS_ABOVE}(?i:Thumbs\.db)"),
    "desktop.ini": re.compile(rf"{_FOLDERS_ABOVE}(?i:desktop\.ini)"),
}
"""What the file managers of macOS and Windows add to every folder; it says nothing about a graph."""


def require_entries(number: int, limits: ArchiveLimits) -> None:
    """Refuse a ZIP by its number of entries alone, before any of them is looked at. Raises: InvalidArchiveError."""
    most = limits.entries + limits.applications * max(further for _, further in _PER_APPLICATION.values())
    if number > most:
        raise InvalidArchiveError(
            f"{number} entries; at most {most} are allowed ({Setting.ENTRIES}, {Setting.APPLICATIONS})."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The entries of a ZIP that count, and whose layout they have."""

    kind: ArchiveKind
    entries: tuple[ListedEntry, ...]
    """Named from the folder on that encloses all of them."""
    warnings: tuple[str, ...]


def recognise(listed: Sequence[ListedEntry], limits: ArchiveLimits) -> Layout:
    """Return the layout. Raises: InvalidArchiveError for a name outside of it, or one that stands there twice."""
    signs = [_sign(each.name) for each in listed]
    kept = [each for each, sign in zip(listed, signs, strict=True) if sign is None]
    kind, kept = _look_through(kept)
    _require_places(kind, kept)
    _require_distinct(listed)
    pattern, further = _PER_APPLICATION[kind]
    applications = sum(pattern.fullmatch(each.name) is not None for each in kept)
    limit = limits.entries + further * applications
    if applications > limits.applications:
        raise InvalidArchiveError(
            f"{applications} applications; at most {limits.applications} are allowed ({Setting.APPLICATIONS})."
        )
    if len(listed) > limit:
        raise InvalidArchiveError(f"{len(listed)} entries; at most {limit} are allowed ({Setting.ENTRIES}).")
    counts = Counter(sign for each, sign in zip(listed, signs, strict=True) if sign and not each.is_folder)
    return Layout(
        kind=kind,
        entries=tuple(kept),
        warnings=tuple(
            f"files added by macOS or Windows passed over ({sign}): {count}." for sign, count in sorted(counts.items())
        ),
    )


def csv_table(file_name: str) -> str | None:
    """Return which table of an older exporter a file is, by its name in any letter case."""
    return _TABLES_BY_SPELLING.get(file_name.casefold())


def _sign(name: str) -> str | None:
    return next((sign for sign, pattern in _PASSED_OVER.items() if pattern.fullmatch(name)), None)


def _require_distinct(listed: Sequence[ListedEntry]) -> None:
    seen: set[str] = set()
    for each in listed:
        if (same := unicodedata.normalize("NFC", each.name).casefold()) in seen:
            raise InvalidArchiveError("Is in the archive twice, or in two spellings of one name.", entry=each.name)
        seen.add(same)


def _look_through(kept: list[ListedEntry]) -> tuple[ArchiveKind, list[ListedEntry]]:
    """Tell the kind; where one folder encloses an archive, go on from there."""
    names = [each.name for each in kept]
    kind = _kind_of(names)
    folder = _enclosing(names)
    inner = [replace(each, name=each.name.removeprefix(folder)) for each in kept if each.name != folder]
    inner_names = [each.name for each in inner]
    if folder and MANIFEST_ENTRY in inner_names:
        return ArchiveKind.OURS, inner
    if folder and kind is ArchiveKind.CSV and not any(map(_TOP_TABLE.fullmatch, inner_names)):
        return kind, inner
    return kind, kept


def _enclosing(names: Sequence[str]) -> str:
    """Return the folder that all names begin with; nothing where there is none."""
    folder, slash, _ = names[0].partition("/")
    prefix = folder + slash
    is_plain = re.fullmatch(f"{_SEGMENT}/", prefix) is not None
    return prefix if is_plain and all(name.startswith(prefix) for name in names) else ""


def _require_places(kind: ArchiveKind, kept: Sequence[ListedEntry]) -> None:
    files, folders = _FILES[kind], _FOLDERS[kind]
    if kind is ArchiveKind.CSV and any(_TOP_TABLE.fullmatch(each.name) for each in kept):
        files, folders = _TOP_TABLE, _NO_FOLDER
    for each in kept:
        if (folders if each.is_folder else files).fullmatch(each.name):
            continue
        if each.name.endswith(f"/{MANIFEST_ENTRY}"):
            raise InvalidArchiveError(
                "Has no place in an archive: manifest.json must stand at the top of the ZIP, "
                "or in one folder that holds everything.",
                entry=each.name,
            )
        raise InvalidArchiveError(f"Has no place in an archive: {_KNOWN[kind]} are known.", entry=each.name)


def _kind_of(names: Sequence[str]) -> ArchiveKind:
    signs: Sequence[tuple[ArchiveKind, Callable[[str], bool]]] = (
        (ArchiveKind.OURS, MANIFEST_ENTRY.__eq__),
        (ArchiveKind.CSV, lambda name: csv_table(name.rpartition("/")[2]) is not None),
        (ArchiveKind.GRAPHML, lambda name: name.lower().endswith(_GRAPHML_SUFFIXES)),
    )
    for kind, is_sign in signs:
        if any(map(is_sign, names)):
            return kind
    raise InvalidArchiveError(
        "No manifest, no GraphML file, none of the CSV files of older exporters: not an archive that can be read.",
        entry=names[0] if names else MANIFEST_ENTRY,
    )
