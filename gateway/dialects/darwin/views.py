"""The answers of the darwin surface, to the letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.dialects.darwin.importing import VersionName
from gateway.dialects.darwin.models import ObjectType
from gateway.error_facts import ErrorFacts
from shared.catalogue import DEFAULT_VERSION
from shared.jobs.record import Failure, Job, Status
from shared.jobs.summaries import AffectedApplication, ApplicationStatus, ImportedVersion, ReferencesReport

Message = Mapping[str, Any]

INFO, WARN, ERROR = "INFO", "WARN", "ERROR"

EXPORT_HEAD: Final = b'{"errors":false,"messageList":[],"result":"'
EXPORT_TAIL: Final = b'"}'
"""What stands before and behind the archive in the answer to a closed export."""

_NOUNS: Final = {
    ObjectType.APPLICATION: "Application",
    ObjectType.SERVICE: "Service",
    ObjectType.SCRIPT_TASK: "Script task",
}

_SAVED = "saved successfully"
_OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    ApplicationStatus.ADDED: (_SAVED, "CREATED"),
    ApplicationStatus.VERSION_ADDED: (_SAVED, "CREATED"),
    ApplicationStatus.REPLACED: (_SAVED, "UPDATED"),
    ApplicationStatus.SKIPPED: ("skipped", "SKIPPED"),
}
"""By what became of a version: how it is said, how its key ends."""

_FINDINGS: Final[Mapping[str, tuple[str, str]]] = {
    ApplicationStatus.ADDED: ("does not match", "NOT_FOUND"),
    ApplicationStatus.VERSION_ADDED: ("does not match", "NOT_FOUND"),
    ApplicationStatus.CONFLICT: ("matches", "CONFLICT"),
}
"""The same where an import only looked."""

_ENDINGS: Final[Mapping[Status, str]] = {
    Status.CANCELLED: "was cancelled",
    Status.CLOSED_BY_TIMEOUT: "ran longer than it may",
}
"""How a job ended that tells no failure."""


def _message(kind: str, text: str, key: str | None = None) -> Message:
    return {"messageType": kind, "message": text, "messageKey": key, "property": None}


def _type_of(kind: str | None) -> ObjectType:
    """Return the type of a catalogue's kind; one that this surface does not know is an application."""
    return ObjectType.__members__.get(kind or "", ObjectType.APPLICATION)


def _name(name: str, version: str | None) -> str:
    return f"{name}:{version or DEFAULT_VERSION}"


def view_failed_export(failure: Failure) -> Mapping[str, Any]:
    """Return the body for an export that is not closed; that of a closed one is sent as a stream."""
    return {**_view([view_failure(failure)], errors=True), "result": None}


def view_import(job: Job) -> Mapping[str, Any]:
    """Return the body for an import that is closed."""
    words = _FINDINGS if job.summary.dry_run else _OUTCOMES
    versions = job.summary.applications_of(ImportedVersion)
    said = [(each, words.get(each.status, (str(each.status), each.status.upper()))) for each in versions]
    listed = [message for each, (verb, ending) in said for message in _view_version(each, verb, ending)]
    affected = [_view_affected(each) for each in job.summary.affected or ()]
    pending = _view_pending(job.summary.references)
    return _view([*listed, *affected, *pending, _message(INFO, "Import succeeded.", "IMPORT_SUCCESS")], errors=False)


def _view_version(version: ImportedVersion, said: str, ending: str) -> Iterator[Message]:
    kind = _type_of(version.kind)
    yield _message(INFO, f"{_NOUNS[kind]} {said}.")
    yield _message(INFO, _name(version.name, version.version), f"{kind}_{ending}")


def _view_affected(application: AffectedApplication) -> Message:
    name, kind = _name(application.name, application.version), _type_of(application.kind)
    return _message(WARN, f"{name} uses what was overwritten.", f"{kind}_AFFECTED")


def _view_pending(references: ReferencesReport | None) -> Iterator[Message]:
    """Count the relationships that could not be made."""
    if references is not None and references.pending:
        text = "Relationships to other applications that were not created, for their far node was not found: "
        yield _message(WARN, f"{text}{references.pending}.", "REFERENCES_PENDING")


def view_failed_import(failures: Sequence[Message]) -> Mapping[str, Any]:
    """Return the body for an import that came to nothing."""
    return _view([*failures, _message(ERROR, "Import failed.", "IMPORT_FAILED")], errors=True)


def view_conflict(version: VersionName) -> Message:
    """Say that a version is there already."""
    return _message(ERROR, _name(version.name, version.version), f"{_type_of(version.kind)}_CONFLICT")


def view_failure(failure: Failure) -> Message:
    """Say why nothing came of it."""
    return _message(ERROR, failure.message, failure.code)


def failure_of(job: Job) -> Failure:
    """Return why a job that has ended is not closed."""
    if job.failure is not None:
        return job.failure
    told = _ENDINGS.get(job.status, f"ended as {job.status.value}")
    return Failure(code=job.status.value.upper(), message=f"Job {job.id} {told}.")


def form_darwin_error(facts: ErrorFacts) -> Mapping[str, Any]:
    """Return the body for an error."""
    messages = [_message(ERROR, facts.message, facts.code)]
    return {**_view(messages, errors=True), **facts.fields}


def _view(messages: Sequence[Message], *, errors: bool) -> Mapping[str, Any]:
    return {"errors": errors, "messageList": list(messages)}
