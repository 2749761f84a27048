"""Which databases and applications a job is about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final

from shared.jobs.record import Job
from shared.jobs.requests import (
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    RecordedRequest,
    UnknownRequest,
)
from shared.jobs.summaries import ExportedVersion, ImportedVersion, RemovedVersion, UnknownVersion
from shared.spelling import is_same

_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


def may_touch(request: RecordedRequest, name: str) -> bool:
    """Return whether a job may read or change the application of this name in its database."""
    match request:
        case ExportRequest():
            return any(is_same(application.name, name) for application in request.applications)
        case DeleteRequest():
            return is_same(request.name, name)
        case ImportRequest(choices=choices) | CopyRequest(choices=choices) if choices:
            return any(is_same(choice.name, name) for choice in choices)
        case ImportRequest(import_as=None) | CopyRequest() | UnknownRequest():
            return True  # the archive knows which, or a later version, and the job itself looks
        case ImportRequest(import_as=import_as):
            return import_as is not None and is_same(import_as, name)
        case InspectRequest():
            return False


def reads_archive(job: Job, name: str) -> bool:
    """Return whether a job reads the archive, or may: a request of a later version does not say."""
    request = job.request
    if isinstance(request, UnknownRequest):
        return True
    return isinstance(request, ImportRequest | InspectRequest) and is_same(request.archive_name, name)


def is_about_database(job: Job, database: str) -> bool:
    """Return whether a job reads or changes the database."""
    match job.request:
        case CopyRequest(from_database=source):
            return database in (source, job.database)
        case ExportRequest(applications=applications):
            return database == job.database or any(each.database == database for each in applications)
        case UnknownRequest(content=content):
            return database == job.database or database in _list_texts(content)
        case _:
            return database == job.database


def is_about_application(job: Job, name: str) -> bool:
    """Return whether a job names the application, or has told that it moved it."""
    named = chain(_names_asked_for(job.request), _names_told(job))
    return any(each is not None and is_same(each, name) for each in named)


def names_part(job: Job, part: str) -> bool:
    """Return whether an application of the job, or its archive, has this text in its name; ASCII in any letter case."""
    request = job.request
    archive = request.archive_name if isinstance(request, ExportRequest | ImportRequest | InspectRequest) else None
    wanted = lower_ascii(part)
    named = chain((archive,), _names_asked_for(request), _names_told(job))
    return any(wanted in lower_ascii(each) for each in named if each)


def lower_ascii(text: str) -> str:
    """Lower the letters that a script of the job store lowers, too."""
    return text.translate(_LOWER)


def list_applications(job: Job, *, with_told: bool) -> tuple[str, ...]:
    """List the applications that a job's request names, and where wanted those that it has told that it moved."""
    named = chain(_names_asked_for(job.request), _names_told(job) if with_told else ())
    return tuple(dict.fromkeys(each for each in named if each is not None))


def _names_asked_for(request: RecordedRequest) -> Iterator[str | None]:
    match request:
        case ExportRequest():
            yield from (each.name for each in request.applications)
        case DeleteRequest():
            yield request.name
        case ImportRequest() | CopyRequest():
            yield from (name for each in request.choices for name in (each.source_name, each.name))
        case InspectRequest():
            pass
        case UnknownRequest(content=content):
            yield from _list_texts(content)
    if isinstance(request, ImportRequest):
        yield request.import_as


def _list_texts(content: Any) -> Iterator[str]:
    """List all texts of what JSON says, but for the names of fields."""
    match content:
        case str():
            yield content
        case dict():
            yield from chain.from_iterable(map(_list_texts, content.values()))
        case list():
            yield from chain.from_iterable(map(_list_texts, content))
        case _:
            pass


def _names_told(job: Job) -> Iterator[str]:
    for each in job.summary.applications or ():
        match each:
            case ImportedVersion():
                yield from (each.name, each.source_name)
            case ExportedVersion() | RemovedVersion():
                yield each.name
            case UnknownVersion(unknown=unknown):
                yield from (name for key in ("name", "source_name") if isinstance(name := unknown.get(key), str))
