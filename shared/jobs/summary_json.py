"""Summaries in JSON.

What another version wrote in a form that is not known here is kept as it is, behind what is known, unless this version
has since found out the same thing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, asdict, dataclass, fields
from enum import Enum
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from shared.jobs.summaries import (
    AffectedApplication,
    ApplicationResult,
    ApplicationStatus,
    ArchiveFacts,
    DifferenceReport,
    DifferingNode,
    ExportedVersion,
    ImportedVersion,
    JoinedReport,
    JoinForecast,
    LostReference,
    LostReport,
    PendingReference,
    ReferencedKey,
    ReferencesReport,
    Refusal,
    RefusedNode,
    RemovedVersion,
    Summary,
    SummaryPart,
    UndoReport,
    UnknownVersion,
)
from shared.references import Direction

SummaryJson: TypeAlias = Mapping[str, Any]
"""A summary, or a part of one, as JSON has it."""

Part = TypeVar("Part", bound=SummaryPart)

_Reader: TypeAlias = Callable[[Any], object]
"""Reads JSON. Raises: ValueError for what has another form."""


def to_json(part: SummaryPart) -> SummaryJson:
    """Return the fields in their order, without those at their default; what was unknown comes last."""
    known = {
        name: _plain(value)
        for name, default in _FORMS[type(part)].defaults.items()
        if (value := getattr(part, name)) is not default
    }
    return {**known, **{name: value for name, value in part.unknown.items() if name not in known}}


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case SummaryPart():
            return to_json(value)
        case ArchiveFacts():
            return asdict(value)
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def from_json(data: SummaryJson) -> Summary:
    """Read a summary that any version wrote."""
    return _read(Summary, data)


def _read(kind: type[Part], data: object) -> Part:
    """Read a part; a field that may be absent is unknown where it has another form.

    Raises: ValueError for a field that must be there, and is absent or has another form.
    """
    form = _FORMS[kind]
    if not isinstance(data, dict) or not data.keys() >= form.required:
        raise ValueError(f"This is no {kind.__name__}.")
    values, odd = data.copy(), data.keys() - form.defaults.keys()
    for name, read in form.readers.items():
        if name in values:
            try:
                values[name] = read(values[name])
            except ValueError:
                if name in form.required:
                    raise
                odd.add(name)
    # A default that is written all the same is written again.
    odd |= {name for name, default in form.optional.items() if name in values and values[name] is default}
    if not odd:
        return kind(**values)
    known = {name: value for name, value in values.items() if name not in odd}
    return kind(**known, unknown={name: value for name, value in data.items() if name in odd})


def _as_it_is(data: object) -> object:
    return data


def _part(kind: type[SummaryPart]) -> _Reader:
    return partial(_read, kind)


def _optional(read: _Reader) -> _Reader:
    return lambda data: None if data is None else read(data)


def _each(read: _Reader) -> _Reader:
    def read_all(data: object) -> object:
        if not isinstance(data, list):
            raise ValueError("This is no list.")  # noqa: TRY004 - of the data, not of the program
        return tuple(map(read, data))

    return read_all


def _read_application(data: object) -> ApplicationResult:
    """Read what became of an application: each kind of job has keys of its own. Raises: ValueError."""
    for kind in _RESULTS:
        with suppress(ValueError):
            return _read(kind, data)
    return _read(UnknownVersion, data)


def _read_status(data: object) -> ApplicationStatus | str:
    """Read a status; a word of another version stays as it is. Raises: ValueError for what is no text."""
    if not isinstance(data, str):
        raise ValueError("This is no status.")  # noqa: TRY004 - of the data, not of the program
    return _STATUSES.get(data, data)


def _read_reason(data: object) -> Refusal | str:
    """Read why a node is refused; a word of another version stays as it is. Raises: ValueError for what is no text."""
    if not isinstance(data, str):
        raise ValueError("This is no reason.")  # noqa: TRY004 - of the data, not of the program
    return Refusal(data) if data in set(Refusal) else data


def _read_deleted(data: object) -> ApplicationStatus:
    if data != ApplicationStatus.DELETED:
        raise ValueError("This is no deletion.")
    return ApplicationStatus.DELETED


def _read_archive(data: object) -> ArchiveFacts:
    match data:
        case {"name": str(name), "bytes": int(size), "sha256": str(sha256), **unknown} if not unknown:
            return ArchiveFacts(name=name, bytes=size, sha256=sha256)
        case _:
            raise ValueError("These are no ArchiveFacts.")


_STATUSES: Final[Mapping[str, ApplicationStatus]] = {each.value: each for each in ApplicationStatus}

_RESULTS: Final[tuple[type[ExportedVersion | ImportedVersion | RemovedVersion], ...]] = (
    ImportedVersion,
    ExportedVersion,
    RemovedVersion,
)

_READERS: Final[Mapping[type[SummaryPart], Mapping[str, _Reader]]] = {
    Summary: {
        "applications": _each(_read_application),
        "archive": _read_archive,
        "warnings": _each(_as_it_is),
        "affected": _each(_part(AffectedApplication)),
        "references": _part(ReferencesReport),
        "shared": _part(JoinedReport),
        "joins": _part(JoinForecast),
        "references_lost": _part(LostReport),
        "undone": _part(UndoReport),
    },
    ExportedVersion: {},
    ImportedVersion: {"status": _read_status, "difference": _optional(_part(DifferenceReport))},
    DifferenceReport: {},
    RemovedVersion: {"status": _read_deleted},
    AffectedApplication: {},
    ReferencesReport: {"listed": _each(_part(PendingReference))},
    PendingReference: {"direction": Direction, "key": _optional(_part(ReferencedKey))},
    ReferencedKey: {},
    JoinedReport: {"listed": _each(_part(DifferingNode))},
    DifferingNode: {"labels": _each(_as_it_is)},
    JoinForecast: {"listed": _each(_part(RefusedNode))},
    RefusedNode: {
        "labels": _each(_as_it_is),
        "reason": _read_reason,
        "properties": _each(_as_it_is),
        "nodes": _each(_as_it_is),
    },
    LostReport: {"listed": _each(_part(LostReference))},
    LostReference: {"direction": Direction, "applications": _each(_as_it_is)},
    UndoReport: {},
    UnknownVersion: {},
}
"""Of each kind of part the fields whose JSON is not the value itself, with how it is read."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What the JSON of one kind of part looks like."""

    defaults: Mapping[str, object]
    """The fields in their order, with their defaults; MISSING for one that must be there."""
    optional: Mapping[str, object]
    """Those that may be absent."""
    required: frozenset[str]
    readers: Mapping[str, _Reader]


def _form_of(kind: type[SummaryPart], readers: Mapping[str, _Reader]) -> _Form:
    defaults = {each.name: each.default for each in fields(kind) if each.name != "unknown"}
    optional = {name: default for name, default in defaults.items() if default is not MISSING}
    return _Form(defaults, optional, frozenset(defaults.keys() - optional.keys()), readers)


_FORMS: Final = {kind: _form_of(kind, readers) for kind, readers in _READERS.items()}
