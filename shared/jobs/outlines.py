"""What a record tells those who may not see all that the job is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from shared.jobs.record import Failure, Job
from shared.jobs.requests import (
    ApplicationReference,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ForeignNames,
    ImportRequest,
    InspectRequest,
    JobRequest,
    RecordedRequest,
    UnknownRequest,
)
from shared.jobs.summaries import ExportedVersion, Summary

Visible = Mapping[str, Collection[str]]
"""By database: the names of applications."""

_UNTOLD = "The reason may tell of applications that are not yours to see: ask who submitted the job."


def outline(job: Job, visible: Visible) -> Job:
    """Return the job with those applications of an export that are visible; the others are counted, and so are all
    of other kinds of jobs, which may read and say anything.

    What free text says, as that of a failure, nobody can judge.
    """
    request = _outline(job.request, visible)
    failure = None if job.failure is None else Failure(code=job.failure.code, message=_UNTOLD)
    if request == job.request and not isinstance(request, UnknownRequest):
        return replace(job, failure=failure, unknown={})
    exported = job.summary.applications_of(ExportedVersion)
    applications = tuple(each for each in exported if each.name in visible.get(each.folder, ()))
    others = len(job.summary.applications or ()) - len(applications)
    return replace(
        job,
        request=request,
        archive=None,
        summary=Summary(applications=applications if exported else None, others=others),
        failure=failure,
        unknown={},
    )


def _outline(request: RecordedRequest, visible: Visible) -> RecordedRequest:
    return UnknownRequest(content={}) if isinstance(request, UnknownRequest) else _outline_request(request, visible)


def _outline_request(request: JobRequest, visible: Visible) -> JobRequest:
    match request:
        case ExportRequest():
            told = _choose_told(request, visible)
            if len(told) == len(request.applications):
                return request
            return replace(request, applications=told, archive_name="", file_name=None)
        case ImportRequest():
            return replace(
                request,
                archive_name="",
                import_as=None,
                choices=(),
                suffix=None,
                join_labels=(),
                rename_labels={},
                foreign=ForeignNames(),
            )
        case CopyRequest():
            return replace(request, choices=(), join_labels=())
        case InspectRequest():
            return InspectRequest(database=request.database, archive_name="")
        case DeleteRequest():
            return replace(request, name="", version=None)


def _choose_told(request: ExportRequest, visible: Visible) -> tuple[ApplicationReference, ...]:
    names = [visible.get(each.database or request.database, ()) for each in request.applications]
    return tuple(each for each, known in zip(request.applications, names, strict=True) if each.name in known)
