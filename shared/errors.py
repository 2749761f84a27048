"""The errors that rooms exchange, grouped by what the caller can do about them.

Every error carries a stable code; docs/errors.md lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

_FIRST, _LAST = 1000, 500
"""Characters of a long message that are kept."""


class GraphferryError(Exception):
    """The root: a stable code, a message that names the value and the way out, and optional details."""

    code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str, *, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)


# --- the request must be mended -----------------------------------------------------------------------------


class InvalidRequestError(GraphferryError):
    """The request itself is wrong: mend it, then send it again."""

    code = "INVALID_REQUEST"


class InvalidJsonError(InvalidRequestError):
    """The body is not JSON."""

    code = "INVALID_JSON"


class AmbiguousNameError(InvalidRequestError):
    """Several names are the one that was sent, but for their Unicode normal form; the message tells them apart."""

    code = "NAME_AMBIGUOUS"

    def __init__(self, name: str, spellings: Sequence[str]) -> None:
        listed = tuple(map(ascii, spellings))
        super().__init__(f"{name!r} may be any of {', '.join(listed)}; name it as it is spelled.", details=listed)


class InvalidFileNameError(InvalidRequestError):
    """A file name from a caller is not one safe path segment with the ending of an archive."""

    code = "INVALID_FILE_NAME"


class InvalidJobIdError(InvalidRequestError):
    """A job id does not have the form of one."""

    code = "INVALID_JOB_ID"


class IdempotencyKeyReusedError(InvalidRequestError):
    """The Idempotency-Key came with another request before: send a new request with a key of its own."""

    code = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, job_id: str) -> None:
        message = f"This Idempotency-Key came with another request before, which is job {job_id}; choose another key."
        super().__init__(message, details=[job_id])


class WebhookAddressError(InvalidRequestError):
    """A webhook's address may not be asked, or its host cannot be found: the message says why, and what may."""

    code = "WEBHOOK_ADDRESS"


class TooLargeError(GraphferryError):
    """What was sent, or would be written, is above a limit."""

    code = "TOO_LARGE"


class QuotaExceededError(TooLargeError):
    """All archives of the tenant would together be above what they may take: delete some, or ask an administrator."""

    code = "QUOTA_EXCEEDED"

    def __init__(self, *, limit: int, there: int, size: int) -> None:
        """Tell how far the bytes that are there and those that come go above the limit."""
        super().__init__(
            f"The tenant's archives may take {limit} bytes in all: {there} are there, and {size} more are "
            f"{there + size - limit} too many. Delete archives, or ask an administrator to raise max_total_bytes."
        )


def _without_middle(text: str) -> str:
    """Cut what an archive made long out of a message, so that it stays one to read and to store."""
    return text if len(text) <= _FIRST + _LAST else f"{text[:_FIRST]} … {text[-_LAST:]}"


class InvalidArchiveError(GraphferryError):
    """The archive is refused: the message names the entry, and line and column where there are any."""

    code = "INVALID_ARCHIVE"

    def __init__(
        self, message: str, *, entry: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        places = (("entry", None if entry is None else repr(entry)), ("line", line), ("column", column))
        place = ", ".join(f"{what} {where}" for what, where in places if where is not None)
        super().__init__(_without_middle(f"{message} ({place})" if place else message))
        self.entry = entry
        self.line = line
        self.column = column


# --- what is asked for is not there -------------------------------------------------------------------------


class NotFoundError(GraphferryError):
    """What the request names does not exist, or is not the caller's to see."""

    code = "NOT_FOUND"


class UnknownTenantError(NotFoundError):
    """There is no tenant of this name, or it is not the caller's to see."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Tenant {name!r} is unknown.")


class UnknownUserError(NotFoundError):
    """The tenant has no user of this name."""

    code = "USER_UNKNOWN"

    def __init__(self, name: str) -> None:
        super().__init__(f"User {name!r} is unknown.")


class UnknownDatabaseError(NotFoundError):
    """No database of this name is mapped to the tenant."""

    code = "DATABASE_UNKNOWN"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        listed = ", ".join(sorted(known)) or "none"
        super().__init__(f"Database {name!r} is unknown to this tenant; known databases: {listed}.")


class UnknownApplicationError(NotFoundError):
    """The database holds no application of this name."""

    code = "APPLICATION_UNKNOWN"

    def __init__(self, name: str, database: str) -> None:
        super().__init__(f"Application {name!r} is unknown in database {database!r}.")


class UnknownEntryError(NotFoundError):
    """The catalogue has no damaged entry of this id."""

    code = "ENTRY_UNKNOWN"

    def __init__(self, entry: str, database: str) -> None:
        super().__init__(f"Database {database!r} has no damaged entry with the id {entry!r}.")


class UnknownArchiveError(NotFoundError):
    """The tenant's archive folder holds no file of this name."""

    code = "ARCHIVE_UNKNOWN"

    def __init__(self, name: str, *, reason: str | None = None) -> None:
        """Say what is there instead, where it is for the caller to know."""
        super().__init__(f"file '{name}' not found" + (f": {reason}" if reason else ""))


class UnknownStrayError(NotFoundError):
    """The tenant's archive folder holds no stray of this id."""

    code = "STRAY_UNKNOWN"

    def __init__(self, stray_id: str) -> None:
        super().__init__(f"Stray {stray_id!r} is unknown.")


class UnknownUploadError(NotFoundError):
    """The tenant has no upload of this id, or its time is over."""

    code = "UPLOAD_UNKNOWN"

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"Upload {upload_id!r} is unknown.")


class UnknownScheduleError(NotFoundError):
    """The tenant has no schedule of this id."""

    code = "SCHEDULE_UNKNOWN"

    def __init__(self, schedule_id: str) -> None:
        super().__init__(f"Schedule {schedule_id!r} is unknown.")


class UnknownJobError(NotFoundError):
    """The tenant has no job of this id."""

    code = "JOB_UNKNOWN"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Job {job_id!r} is unknown.")


# --- who the caller is, and may do --------------------------------------------------------------------------


class UnauthenticatedError(GraphferryError):
    """There are no credentials, or they are bad."""

    code = "UNAUTHENTICATED"


class ForbiddenError(GraphferryError):
    """The caller is known, and may not do this."""

    code = "FORBIDDEN"


class TenantMismatchError(InvalidRequestError):
    """Two tenants are named in one request."""

    code = "TENANT_MISMATCH"


# --- the state of things is against it ----------------------------------------------------------------------


class ConflictError(GraphferryError):
    """The present state forbids it: change the state, or the request."""

    code = "CONFLICT"


class GroundsChangedError(ConflictError):
    """What gave somebody the right to a change is no longer as it was read: judge anew."""


class ApplicationExistsError(ConflictError):
    """An import would create an application that the database already holds."""

    code = "APPLICATION_EXISTS"

    def __init__(self, name: str, database: str) -> None:
        super().__init__(
            f"Application already exists: {name!r} in database {database!r}; "
            "delete it first, or import under another name (import_as)."
        )


class ArchiveExistsError(ConflictError):
    """The tenant's archive folder already holds a file of this name."""

    code = "ARCHIVE_EXISTS"

    def __init__(self, name: str) -> None:
        super().__init__(f"Archive {name!r} already exists; delete it first, or choose another name.")


class ArchivePinnedError(ConflictError):
    """The archive is pinned, so that nobody deletes it by mistake: unpin it first."""

    code = "ARCHIVE_PINNED"

    def __init__(self, name: str) -> None:
        super().__init__(f"Archive {name!r} is pinned; unpin it first, then delete it.")


class StrayStaysError(ConflictError):
    """The system does not let a stray be removed; the message says why."""

    code = "STRAY_STAYS"

    def __init__(self, stray_id: str, reason: str | None) -> None:
        super().__init__(f"Stray {stray_id!r} cannot be removed ({reason}); remove it on the server.")


class InvalidBackupError(ConflictError):
    """The file is no whole backup that can be read here: the message says what is wrong with it."""

    code = "INVALID_BACKUP"


class UploadBusyError(ConflictError):
    """Another request is writing to the upload."""

    code = "UPLOAD_BUSY"

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"Another request is writing to upload {upload_id}; wait until it has ended.")


class UploadOffsetError(ConflictError):
    """A piece of an upload does not begin where the last one ended."""

    code = "UPLOAD_OFFSET"

    def __init__(self, sent: int, offset: int) -> None:
        super().__init__(
            f"The piece begins at {sent}, but {offset} bytes have arrived; ask for the offset, go on there."
        )


class TenantBusyError(ConflictError):
    """The tenant has a running job, and the surface does not queue."""

    code = "JOB_LIMIT_REACHED"

    def __init__(self, tenant: str, running_job_id: str) -> None:
        super().__init__(f"Tenant {tenant!r} already has a running job: {running_job_id}.")
        self.running_job_id = running_job_id


class ScheduleOverlapError(ConflictError):
    """The job of a schedule's time before has not ended, and its times are not to overlap."""

    code = "SCHEDULE_OVERLAP"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Job {job_id} of the time before has not ended.")


class JobEndedError(ConflictError):
    """The job has ended, or is past the point where it could be cancelled."""

    code = "JOB_NOT_CANCELLABLE"


class DependencyFailedError(ConflictError):
    """A job that was to close before this one starts has ended otherwise."""

    code = "DEPENDENCY_FAILED"

    def __init__(self, job_id: str, status: str) -> None:
        super().__init__(f"Job {job_id}, for which this one was to wait, ended as {status}.", details=[job_id])


class JobNotRetriableError(ConflictError):
    """The job has not ended, or has ended well, so that there is nothing to do again."""

    code = "JOB_NOT_RETRIABLE"


class StoreTooNewError(ConflictError):
    """The job store is for a later version: start that one."""

    code = "STORE_TOO_NEW"

    def __init__(self, key: str, needed: str, known: int) -> None:
        super().__init__(
            f"The job store needs schema {needed} at least, by its key {key!r}; this version knows {known}. "
            "Start a later version, or name another store or installation."
        )


class UploadGoneError(ConflictError):
    """The archive that came with a job's request went when the job ended: send it again."""

    code = "UPLOAD_GONE"


# --- later, it may work -------------------------------------------------------------------------------------


class UnavailableError(GraphferryError):
    """Something needed is out of reach or full: try again later."""

    code = "UNAVAILABLE"


class QueueFullError(UnavailableError):
    """The tenant's waiting queue is full."""

    code = "QUEUE_FULL"

    def __init__(self, tenant: str, limit: int) -> None:
        super().__init__(
            f"The job could not be queued: {limit} jobs of tenant {tenant!r} are waiting already; try again later."
        )


class NotDurableError(UnavailableError):
    """The job store did not confirm in time that the job is on disk, so the job was withdrawn."""

    code = "NOT_DURABLE"


class StoreUnavailableError(UnavailableError):
    """The job store (Valkey) does not answer."""

    code = "STORE_UNAVAILABLE"


class StoreForbidsError(StoreUnavailableError):
    """The job store's user lacks a right: `graphferry check` lists which."""

    code = "STORE_FORBIDS"


class ArchivesForbidError(UnavailableError):
    """The object store of the archives does not let us do something: the message names the right and the object."""

    code = "ARCHIVES_FORBID"


class BucketUnknownError(UnavailableError):
    """The object store of the archives has no bucket of this name."""

    code = "BUCKET_UNKNOWN"


class DatabaseUnavailableError(UnavailableError):
    """A Neo4j server does not answer, or does not let us in, or the installed driver is not fit for it."""

    code = "DATABASE_UNAVAILABLE"


# --- a job cannot succeed -----------------------------------------------------------------------------------


class TransferError(GraphferryError):
    """A job failed for a reason that shows only while it runs."""

    code = "TRANSFER_FAILED"


class SourceChangedError(TransferError):
    """The application changed while it was read."""

    code = "SOURCE_CHANGED"


class UnsupportedValueError(TransferError):
    """A value, a name or a key cannot be carried; the message names where it stands."""

    code = "UNSUPPORTED_VALUE"


class VerificationError(TransferError):
    """What was written is not what was read."""

    code = "VERIFICATION_FAILED"


class ConstraintViolatedError(TransferError):
    """A constraint of the target database forbids the data; the message names it."""

    code = "CONSTRAINT_VIOLATED"


class InvalidDataError(TransferError):
    """The target's server, or an index there, refuses a value or a name; the message names the node and the key."""

    code = "INVALID_DATA"

    def __init__(self, message: str) -> None:
        super().__init__(_without_middle(message))


class NodeDiffersError(TransferError):
    """A shared node has other properties on the target, and the import is to fail then."""

    code = "NODE_DIFFERS"


class KeyTakenError(TransferError):
    """A node of the import has a key that is taken in the database, by a node that it cannot be joined to unasked."""

    code = "KEY_TAKEN"


class ArchiveChangedError(TransferError):
    """The archive of an import or an inspection is another than the one that the job was submitted for."""

    code = "ARCHIVE_CHANGED"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Archive {name!r} was replaced or changed after the job had been submitted, so the job has not taken it; "
            "inspect what is there now, then submit the import again."
        )


class CatalogueContentError(TransferError):
    """Content of an archive would be taken for an entry of the catalogue, or for content of another application."""

    code = "CATALOGUE_CONTENT"

    def __init__(self, message: str) -> None:
        super().__init__(
            f"{message} Nothing was written. Choose another name with import_as, another label with rename_labels, or "
            "change the data."
        )


class LabelHeldError(CatalogueContentError):
    """A label would be that of an application and of another's content, and another job brings one of the two."""

    def __init__(self, label: str, holder: str) -> None:
        super().__init__(
            f"The label {label!r} would be that of an application and of content of another one, because job {holder} "
            "works on the one and this import brings the other."
        )
        self.holder = holder


class LabelTakenError(CatalogueContentError):
    """Nodes that are none of an application's carry the label that it is to have."""

    def __init__(self, label: str, name: str) -> None:
        super().__init__(f"Nodes carry the label {label!r} already, by which the database would find them in {name!r}.")


class NodeStagedError(TransferError):
    """Another import has staged a node with the key of a shared one: wait until it is visible, or gone."""

    code = "NODE_STAGED"

    def __init__(self, holder: str) -> None:
        super().__init__(f"Job {holder} is importing a node that is shared; it must end first.")
        self.holder = holder


class ImportInProgressError(TransferError):
    """Another job is importing an application of the same name into the same database."""

    code = "IMPORT_IN_PROGRESS"

    def __init__(self, name: str, database: str, holder: str) -> None:
        super().__init__(
            f"Application {name!r} is being imported into database {database!r} by job {holder}; "
            "wait for it, or cancel it."
        )
        self.holder = holder


class DiskFullError(TransferError):
    """The archive volume, or that of temporary files, is full."""

    code = "DISK_FULL"


class UnsupportedJobError(TransferError):
    """The job asks for what only a later version knows, and the workers that took it are of this one: update them."""

    code = "JOB_UNSUPPORTED"

    def __init__(self, unknown: Sequence[str], version: str, workers: int) -> None:
        super().__init__(
            f"The job asks for what version {version} of this worker does not know: {', '.join(unknown)}. "
            f"{workers} workers in a row did not know it. Update the workers, then retry the job.",
            details=unknown,
        )


class WorkerCrashedError(TransferError):
    """The job's workers died too often."""

    code = "WORKER_CRASHED"
