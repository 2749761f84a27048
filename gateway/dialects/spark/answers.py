"""The answers of the spark surface."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from shared.jobs.record import Status


class FileAnswer(TypedDict):
    """The archive that an export wrote."""

    file: str
    file_hash: str


class ServiceAnswer(TypedDict):
    """A service, and of an import what became of it."""

    service_uri_source: str
    folder_source: str
    service_source: str
    service_id_source: str
    service_uri_destination: NotRequired[str]
    folder_destination: NotRequired[str]
    service_destination: NotRequired[str]
    service_id_destination: NotRequired[str]
    status: NotRequired[str]


class ServiceVersionAnswer(ServiceAnswer):
    """A version of a service, and of an import what became of it."""

    version_source: str
    version_id_source: str
    version_destination: NotRequired[str]
    version_id_destination: NotRequired[str]


class OutputsAnswer(TypedDict):
    """What a closed job has made; empty until then."""

    files: list[FileAnswer]
    services: list[ServiceAnswer]
    service_versions: list[ServiceVersionAnswer]


class FailureAnswer(TypedDict):
    """Why a job failed."""

    type: str
    code: str
    message: str
    details: list[str]


class ServiceError(FailureAnswer):
    """An error of the spark surface."""

    job_id: NotRequired[str]
    """Of the tenant's running job, where that is the reason."""
    status_url: NotRequired[str]


class SparkProgressAnswer(TypedDict):
    """How far a job has come."""

    phase: str
    nodes_done: int
    nodes_total: int | None
    relationships_done: int
    relationships_total: int | None
    bytes_done: int
    started: str | None
    updated: str | None
    rate_per_second: float | None
    seconds_remaining: float | None


class StatusAnswer(TypedDict):
    """How a job stands."""

    object: str
    id: str
    response_timestamp: str
    status: Status
    status_url: str
    process_time: float
    outputs: OutputsAnswer
    errors: list[FailureAnswer] | None
    warnings: list[str]
    source_system: str | None
    correlation_id: str | None
    progress: SparkProgressAnswer


class ExportData(TypedDict):
    """An export in a listing."""

    export_status: Status
    response_timestamp: str
    created_by: str
    created_timestamp: str
    updated_timestamp: str
    process_time: float


class ExportItem(TypedDict):
    """A row of a listing of exports."""

    object: str
    id: str
    data: ExportData


class ImportData(TypedDict):
    """An import in a listing."""

    import_status: Status
    response_timestamp: str
    created_by: str
    created_timestamp: str
    updated_timestamp: str
    process_time: float


class ImportItem(TypedDict):
    """A row of a listing of imports."""

    object: str
    id: str
    data: ImportData


class ExportLimits(TypedDict):
    """How many exports may run at once."""

    export_api_job_limit: int


class ExportCounts(TypedDict):
    """How many exports run."""

    export_api_jobs_in_progress: int


class ExportTenant(TypedDict):
    """What holds for the tenant's exports."""

    configuration: ExportLimits
    status: ExportCounts


class ExportsAnswer(TypedDict):
    """The tenant's exports, running and recent."""

    in_progress_exports: list[ExportItem]
    recent_exports: list[ExportItem]
    tenant: ExportTenant


class ImportLimits(TypedDict):
    """How many imports may run at once."""

    import_api_job_limit: int


class ImportCounts(TypedDict):
    """How many imports run."""

    import_api_jobs_in_progress: int


class ImportTenant(TypedDict):
    """What holds for the tenant's imports."""

    configuration: ImportLimits
    status: ImportCounts


class ImportsAnswer(TypedDict):
    """The tenant's imports, running and recent."""

    in_progress_imports: list[ImportItem]
    recent_imports: list[ImportItem]
    tenant: ImportTenant


class TokenAnswer(TypedDict):
    """An access token."""

    access_token: str
    expires_in: int
    token_type: str
