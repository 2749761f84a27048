"""The one way in: a checked request becomes a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import uuid_utils

from gateway.caller import Caller
from gateway.databases import require_database
from gateway.inspection import read_application_names
from gateway.visibility import require_application, require_job
from shared.archive_names import is_spool, name_for_spool, require_free_choice
from shared.catalogue import DEFAULT_VERSION, require_application_name
from shared.copying import to_export, to_import
from shared.errors import (
    ApplicationExistsError,
    ForbiddenError,
    InvalidRequestError,
    UnknownApplicationError,
    UnknownArchiveError,
)
from shared.identity import Role
from shared.jobs import (
    ApplicationReference,
    ConflictAction,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    Job,
    JobKind,
    JobRequest,
    NewJob,
    Surface,
)
from shared.ports.jobs import JobStore, WhenBusy
from shared.resources import Resources
from shared.settings import Settings
from shared.touched import may_touch


def make_job_id() -> str:
    """Make the id of a job to be submitted."""
    return str(uuid_utils.uuid7())


_KINDS: Mapping[type[JobRequest], JobKind] = {
    ExportRequest: JobKind.EXPORT,
    ImportRequest: JobKind.IMPORT,
    CopyRequest: JobKind.COPY,
    DeleteRequest: JobKind.DELETE,
}


_BRINGING = frozenset({JobKind.IMPORT, JobKind.COPY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A request together with who makes it, in which dialect."""

    job_id: str = field(default_factory=make_job_id)
    caller: Caller
    surface: Surface
    request: JobRequest
    when_busy: WhenBusy = WhenBusy.QUEUE
    source_system: str | None = None
    correlation_id: str | None = None
    idempotency_key: str | None = None
    retry_of: str | None = None
    depends_on: tuple[str, ...] = ()


async def submit(resources: Resources, submission: Submission) -> Job:
    """Answer all that can be known before the job runs, then hand it to the store.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError, UnknownArchiveError, InvalidFileNameError,
    InvalidArchiveError, InvalidRequestError, ApplicationExistsError, UnknownJobError, and what JobStore.submit raises.
    """
    caller = submission.caller
    for job_id in submission.depends_on:
        await require_job(resources.jobs.get(job_id), caller)
    match submission.request:
        case ExportRequest() as export:
            await _check_export(resources, submission, export)
        case ImportRequest() as wanted:
            await _check_import(resources, submission, wanted)
        case CopyRequest() as copy:
            await _check_copy(resources, submission, copy)
        case DeleteRequest() as deletion:
            await _check_delete(resources, caller, deletion)
    return await accept(resources, submission)


async def accept(resources: Resources, submission: Submission) -> Job:
    """Hand a request to the store whose checks are done. Raises: what JobStore.submit raises."""
    return await resources.jobs.submit(_make_job(resources.settings, submission), when_busy=submission.when_busy)


def _make_job(settings: Settings, submission: Submission) -> NewJob:
    request, surface = submission.request, submission.surface
    kind = _KINDS[type(request)]
    return NewJob(
        id=submission.job_id,
        tenant=submission.caller.tenant,
        kind=kind,
        surface=surface,
        database=request.database,
        created_by=submission.caller.user,
        request=request,
        deadline_seconds=settings.find_deadline(surface, kind),
        source_system=submission.source_system,
        correlation_id=submission.correlation_id,
        idempotency_key=submission.idempotency_key,
        retry_of=submission.retry_of,
        depends_on=submission.depends_on,
    )


async def _check_export(resources: Resources, submission: Submission, request: ExportRequest) -> None:
    require_free_choice(request.archive_name)
    await _require_exportable(resources, submission, request)


async def _require_exportable(resources: Resources, submission: Submission, request: ExportRequest) -> None:
    """Raise UnknownApplicationError unless all is there, and InvalidRequestError where something is named twice."""
    found = [await _find_exported(resources, submission, request.database, each) for each in request.applications]
    if twice := [each for each, times in Counter(found).items() if times > 1]:
        listed = ", ".join(repr(f"{name}[{version}]") for _, name, version in twice)
        raise InvalidRequestError(f"An archive holds each version of an application once, but {listed} comes twice.")


async def _find_exported(
    resources: Resources, submission: Submission, database: str, reference: ApplicationReference
) -> tuple[str, str, str | None]:
    """Return database, name and version of what is to be exported, or is to come before.

    Raises: UnknownApplicationError.
    """
    database = reference.database or database
    try:
        entry = await require_application(resources, submission.caller, database, reference.name, reference.version)
    except UnknownApplicationError:
        if not await _is_to_come(resources.jobs, submission, database, reference.name):
            raise
        return database, reference.name, reference.version
    return database, entry.name, entry.version or DEFAULT_VERSION


async def _is_to_come(jobs: JobStore, submission: Submission, database: str, name: str) -> bool:
    """Return whether a job that this one waits for may bring the application."""
    awaited = [await jobs.get(job_id) for job_id in submission.depends_on]
    return any(job.kind in _BRINGING and job.database == database and may_touch(job.request, name) for job in awaited)


async def _check_delete(resources: Resources, caller: Caller, request: DeleteRequest) -> None:
    """Refuse an unknown application, unless an unfinished job may still bring it.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError.
    """
    if not _is_administrator(caller):
        raise ForbiddenError(f"To delete an application needs the role {Role.ADMIN}.")
    try:
        await require_application(resources, caller, request.database, request.name, request.version)
    except UnknownApplicationError:
        for job in await list_unfinished(resources.jobs, caller.tenant):
            if job.database == request.database and may_touch(job.request, request.name):
                return
        raise


async def _check_import(resources: Resources, submission: Submission, request: ImportRequest) -> None:
    caller = submission.caller
    _require_rights(submission, request)
    database = await require_database(resources, caller.tenant, request.database)
    if is_spool(request.archive_name):
        raise UnknownArchiveError(request.archive_name)
    async with resources.archives.open_local(caller.tenant, request.archive_name) as path:
        names = _names_after_import(await read_application_names(path, request.archive_name), request)
    await _require_free_names(resources, caller, database, names, request)


def _require_rights(submission: Submission, request: ImportRequest) -> None:
    """Raise ForbiddenError; whoever may use the darwin surface may do there all that it offers."""
    caller = submission.caller
    if submission.surface is Surface.DARWIN and caller.principal.may_use_catalogue:
        return
    actions = {choice.on_conflict for choice in request.choices} or {request.on_conflict}
    for action in actions:
        require_import_right(caller, action)
    _require_suffixes(request)


async def _require_free_names(
    resources: Resources, caller: Caller, database: str, names: Sequence[str], request: ImportRequest
) -> None:
    if not request.dry_run:
        for name in names:
            await require_free_name(resources, caller.tenant, database, name)


async def _check_copy(resources: Resources, submission: Submission, request: CopyRequest) -> None:
    caller, spool = submission.caller, name_for_spool(submission.job_id)
    reading, writing = to_export(request, spool), to_import(request, spool)
    _require_rights(submission, writing)
    await _require_exportable(resources, submission, reading)
    names = [each.source_name for each in request.choices]
    if any(each.source_version is None and names.count(each.source_name) > 1 for each in request.choices):
        raise InvalidRequestError("Where several versions of an application are copied, each has to be named.")
    database = await require_database(resources, caller.tenant, request.to_database)
    await _require_free_names(resources, caller, database, _chosen_names(names, writing), writing)


def _require_suffixes(request: ImportRequest) -> None:
    """Refuse to rename without saying how. Raises: InvalidRequestError."""
    wanted = [(choice.on_conflict, choice.suffix) for choice in request.choices]
    for action, suffix in wanted or [(request.on_conflict, request.suffix)]:
        if action is ConflictAction.RENAME and not suffix:
            raise InvalidRequestError("on_conflict 'rename' needs a suffix.", details=["suffix: needed with 'rename'"])


def _names_after_import(names: Sequence[str], request: ImportRequest) -> Sequence[str]:
    """Return the names on the target that must be free."""
    if request.choices:
        return _chosen_names(names, request)
    if request.import_as is not None and len(names) != 1:
        listed = ", ".join(map(repr, names))
        raise InvalidRequestError(f"import_as names one application, but {request.archive_name!r} holds {listed}.")
    wanted = [require_application_name(name) for name in ([request.import_as] if request.import_as else names)]
    return wanted if request.on_conflict is ConflictAction.FAIL else []


def _chosen_names(names: Sequence[str], request: ImportRequest) -> Sequence[str]:
    if missing := sorted({choice.source_name for choice in request.choices} - set(names)):
        listed = ", ".join(map(repr, missing))
        raise InvalidRequestError(f"Archive {request.archive_name!r} holds no application {listed}.", details=missing)
    wanted = {require_application_name(choice.name): choice for choice in request.choices}
    # Where versions count, the import itself looks: a name that is taken says nothing.
    return [
        name for name, choice in wanted.items() if choice.on_conflict is ConflictAction.FAIL and not choice.by_version
    ]


def require_import_right(caller: Caller, on_conflict: ConflictAction) -> None:
    """Raise ForbiddenError unless the caller may import, and do this with what is there already."""
    if not caller.principal.may_import:
        raise ForbiddenError(f"An import needs one of the roles {Role.ADMIN}, {Role.IMPORTER}.")
    if on_conflict is ConflictAction.OVERWRITE and not _is_administrator(caller):
        raise ForbiddenError(f"To overwrite an application needs the role {Role.ADMIN}.")


def _is_administrator(caller: Caller) -> bool:
    return caller.principal.has(Role.ADMIN, Role.SUPER_ADMIN)


async def require_free_name(resources: Resources, tenant: str, database: str, name: str) -> None:
    """Refuse a taken name, unless an unfinished job may still change that: then the import decides at its start.

    Raises: ApplicationExistsError.
    """
    if not await resources.targets[database].has_application(name):
        return
    for job in await list_unfinished(resources.jobs, tenant):
        if job.database == database and may_touch(job.request, name):
            return
    raise ApplicationExistsError(name, database)


async def list_unfinished(jobs: JobStore, tenant: str) -> Sequence[Job]:
    """List the tenant's jobs that have not ended: the one that holds its slot, then those that wait for it."""
    running = await jobs.find_running(tenant)
    waiting = await jobs.list_waiting(tenant)
    return waiting if running is None else [running, *waiting]
