"""The catalogue: what a database knows about its applications."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.errors import InvalidRequestError
from shared.graph import PropertyValue
from shared.jobs.requests import VersionStep

CATALOGUE_LABEL = "Application"
"""Label of the catalogue's own nodes; they are never content of an application."""

DEFAULT_VERSION = "1.0.0"
"""What an absent version counts as (and stays absent)."""

RESERVED_PREFIXES = ("_Ferry", "_ferry")
"""Labels, types and keys that start so belong to the import's own records; archives that carry them are refused."""

MAX_NAME_CHARACTERS = 16_000
"""Below what Neo4j allows for a label (16 383), so that a version finds room behind a name."""

_NAMESPACE = uuid.UUID("6a1e6f4e-5d0b-5c7e-9f57-0d2f3b6c8a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One application version of one database."""

    database: str
    name: str
    label: str
    """The scope label, which every node of the application carries."""
    version: str | None = None
    kind: str = "APPLICATION"
    """APPLICATION, SERVICE or SCRIPT_TASK."""
    service_id: str
    version_id: str
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)
    """The catalogue node's other properties, restored on import."""
    catalogued: bool = True
    """False where only the label exists, without a catalogue node."""


def labels_of_entry(properties: Mapping[str, object]) -> set[str]:
    """Return the scope labels that the application of an entry may have."""
    name, label, version = str(properties["Name"]), properties.get("Label"), properties.get("Version")
    if label and isinstance(label, str):
        return {label}
    return {name} if version is None else {name, f"{name}@{version}"}


def service_id_of(database: str, name: str) -> str:
    """Return the stable id of an application whose catalogue node carries none."""
    return str(uuid.uuid5(_NAMESPACE, f"{database}\0{name}"))


def version_id_of(database: str, name: str, version: str | None) -> str:
    """Return the stable id of an application version whose catalogue node carries none."""
    return str(uuid.uuid5(_NAMESPACE, f"{database}\0{name}\0{version or DEFAULT_VERSION}"))


def fold_id(text: str) -> str:
    """Return what ids are compared by: a UUID is the same in any letter case."""
    return text.lower()


def version_order(version: str | None) -> list[tuple[int, str]]:
    """Return what versions sort by: numbers as numbers, a qualifier before none."""
    base, _, qualifier = (version or DEFAULT_VERSION).partition("-")
    numbers = [(int(part), "") if _is_number(part) else (-1, part) for part in base.split(".")]
    return [*numbers, (0, qualifier) if qualifier else (1, "")]


_LONGEST_NUMBER: Final = 4_000
"""Digits in a version: Python reads no more."""


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) <= _LONGEST_NUMBER


def next_version(version: str, step: VersionStep) -> str:
    """Return the version after this one; a qualifier falls away, a part that is no number counts as 0."""
    base = version.partition("-")[0].split(".")
    major, minor, patch = [int(part) if _is_number(part) else 0 for part in [*base, "0", "0"][:3]]
    match step:
        case VersionStep.MAJOR:
            return f"{major + 1}.0.0"
        case VersionStep.MINOR:
            return f"{major}.{minor + 1}.0"
        case VersionStep.PATCH:
            return f"{major}.{minor}.{patch + 1}"


def is_label(name: str) -> bool:
    """Return whether Neo4j can have a label of this name."""
    return bool(name) and "\0" not in name


def is_application_label(name: str) -> bool:
    """Return whether an application may stand behind a label of this name.

    It may not stand behind the catalogue's own: its content would be entries.
    """
    return is_label(name) and name != CATALOGUE_LABEL and not name.startswith(RESERVED_PREFIXES)


def require_application_name(name: str) -> str:
    """Return a name that an application may be given. Raises: InvalidRequestError."""
    if is_application_label(name) and len(name) <= MAX_NAME_CHARACTERS:
        return name
    shown = name if len(name) <= 80 else f"{name[:80]}…"
    raise InvalidRequestError(
        f"Application name {shown!r} is not allowed: it needs 1 to {MAX_NAME_CHARACTERS} characters, none of them NUL, "
        f"another beginning than {' or '.join(RESERVED_PREFIXES)}, and another name than {CATALOGUE_LABEL}."
    )
