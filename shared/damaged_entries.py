"""Nodes that look like entries of the catalogue and cannot be ones: others than us write such nodes, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.catalogue import (
    CATALOGUE_LABEL,
    DEFAULT_VERSION,
    MAX_NAME_CHARACTERS,
    is_application_label,
    labels_of_entry,
)
from shared.errors import ConflictError, InvalidRequestError

_LONGEST: Final[Mapping[str, int]] = {
    "Name": MAX_NAME_CHARACTERS,
    "Label": 16_383,
    "Version": 200,
    "Kind": 200,
    "ServiceId": 1000,
    "VersionId": 1000,
}
"""What an entry says of itself, with the characters that it may have."""

OWN_KEYS: Final = tuple(_LONGEST)
"""The properties of a catalogue node that are not restored as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedEntry:
    """A node with the catalogue's label and a Name that cannot be an entry."""

    id: str
    """As the database names the node."""
    name: str | None
    """None where it is no text."""
    reason: str


def damage_of(properties: Mapping[str, object]) -> str | None:
    """Say why a node cannot be a catalogue entry; None: it can."""
    for key, most in _LONGEST.items():
        value = properties.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            return f"{key} is of type {type(value).__name__}, and no text"
        if len(value) > most:
            return f"{key} has {len(value)} characters; at most {most} are allowed"
    for key in ("Name", "Label"):
        value = properties.get(key)
        if isinstance(value, str) and (value or key == "Name") and not is_application_label(value):
            return f"{key} is none that an application may have"
    return None


def repair(properties: Mapping[str, object], values: Mapping[str, str | None]) -> dict[str, object]:
    """Return a node's properties with other values, where None takes one away. Raises: InvalidRequestError."""
    mended = {key: value for key, value in {**properties, **values}.items() if value is not None}
    reason = damage_of(mended) if "Name" in mended else "Name is missing"
    if reason is not None:
        raise InvalidRequestError(f"The entry would still be damaged: {reason}.")
    return mended


def labels_claimed(properties: Mapping[str, object]) -> set[str]:
    """Return the labels by which an entry finds nodes; of a damaged one all that it may mean."""
    if damage_of(properties) is None:
        return labels_of_entry(properties)
    name, label, version = properties.get("Name"), properties.get("Label"), properties.get("Version")
    meant = [label, name]
    if isinstance(name, str) and version is not None and not label:
        meant.append(f"{name}@{version}")
    return {each for each in meant if isinstance(each, str) and is_application_label(each)}


def require_no_other(
    damaged: Mapping[str, object], mended: Mapping[str, object], others: Iterable[Mapping[str, object]]
) -> None:
    """Require that a repaired entry is not there yet, and gains no label of another one. Raises: ConflictError.

    What a damaged one may mean as well as another, it may keep: versions of one application are damaged together.
    """
    labels, gained = labels_of_entry(mended), labels_gained(damaged, mended)
    for other in others:
        is_sound = damage_of(other) is None
        if is_sound and _version_of(other) == _version_of(mended):
            raise ConflictError(f"The catalogue has application {mended['Name']!r} in this version.")
        if taken := labels_claimed(other) & (labels if is_sound else gained):
            raise ConflictError(f"Label {min(taken)!r} is that of application {other['Name']!r}.")


def labels_gained(damaged: Mapping[str, object], mended: Mapping[str, object]) -> set[str]:
    """Return the labels by which a repaired entry finds nodes, and the damaged one could not have meant."""
    return labels_of_entry(mended) - labels_claimed(damaged)


def refuse_capture(label: str) -> ConflictError:
    """Say that an entry would find what belongs to others."""
    return ConflictError(
        f"Nodes of other applications, or of an import under way, carry the label {label!r}: the entry would find them "
        "as its own. Repair it with another Label."
    )


def refuse_held(label: str, job_id: str) -> ConflictError:
    """Say that a label is about to be another's."""
    return ConflictError(f"Job {job_id} works on label {label!r}, or brings content with it; it must end first.")


def _version_of(properties: Mapping[str, object]) -> tuple[object, object]:
    return properties["Name"], properties.get("Version") or DEFAULT_VERSION


def require_no_content(labels: Iterable[str], others: Iterable[Mapping[str, object]]) -> None:
    """Require that a node belongs to no application. Raises: ConflictError."""
    own = set(labels) - {CATALOGUE_LABEL}
    for other in others:
        if own & labels_of_entry(other):
            raise ConflictError(f"The node is content of application {other['Name']!r}: repair it instead.")
