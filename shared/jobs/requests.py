"""What a job is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

DEFAULT_BATCH_SIZE = 1000
"""Rows per transaction and per streamed record, where the request names none."""

DEFAULT_WRITTEN_ROWS = 5000
"""The same of imports and copies that are asked for on the native surface: fewer batches cost less of the worker."""

MAX_BATCH_SIZE = 50_000
"""Above this a record or a transaction no longer has a bounded size in memory."""


class ConflictAction(StrEnum):
    """What an import does with an application that the target already holds."""

    FAIL = "fail"
    SKIP = "skip"
    OVERWRITE = "overwrite"
    ADD_VERSION = "add_version"
    RENAME = "rename"
    """Import it under its name with a suffix."""


class VersionStep(StrEnum):
    """Which part of the newest version grows when a version is added."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


class FileFilter(StrEnum):
    """What an export writes."""

    MIGRATE = "migrate"
    """An archive for import."""
    ONPREMISES = "onpremises"
    """CSV for the server's own offline bulk importer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationReference:
    """An application by name and, where it has several, by version."""

    name: str
    version: str | None = None
    """None: the newest; one that is absent in the catalogue counts as 1.0.0."""
    database: str | None = None
    """None: the request's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Write applications into an archive."""

    database: str
    applications: tuple[ApplicationReference, ...]
    archive_name: str
    """The wanted file name; a name taken gets `-2` and so on."""
    file_name: str | None = None
    """What a download of it is called; None: the archive's name."""
    batch_size: int = DEFAULT_BATCH_SIZE
    strip_secured: bool = False
    file_filter: FileFilter = FileFilter.MIGRATE
    max_bytes: int | None = None
    """The archive's largest size; None: no limit but the volume's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationChoice:
    """What to do with one application of an archive."""

    source_name: str
    source_version: str | None = None
    """None: every version of that name in the archive."""
    name: str
    """Its name on the target."""
    on_conflict: ConflictAction = ConflictAction.FAIL
    by_version: bool = False
    """Whether only the same version under that name is a conflict, and no other version is touched."""
    version_step: VersionStep = VersionStep.MINOR
    """For ADD_VERSION."""
    suffix: str | None = None
    """For RENAME: it stands behind the name and an underscore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignNames:
    """How an import reads a foreign GraphML document; None: as the installation's settings say, or usual."""

    label_from: str | None = None
    """The key whose values are the nodes' labels."""
    type_from: str | None = None
    """The key whose values are the relationships' types."""
    id_property: str | None = None
    """The property for the nodes' ids; empty: none."""
    parent_property: str | None = None
    """The property for the id of the node whose nested graph holds a node; empty: none."""
    one_application: bool | None = None
    """Whether several graphs of a document become one application, instead of one each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """Read an archive of the tenant's folder into one database."""

    database: str
    archive_name: str
    batch_size: int = DEFAULT_BATCH_SIZE
    import_as: str | None = None
    """Another name for the archive's single application."""
    on_conflict: ConflictAction = ConflictAction.FAIL
    choices: tuple[ApplicationChoice, ...] = ()
    """Not empty: only these applications are imported, each in its own way; import_as and on_conflict do not count."""
    suffix: str | None = None
    """As in ApplicationChoice, where there are no choices."""
    fail_on_difference: bool = False
    """Fail where a shared node has other properties on the target; else the target's are kept."""
    join_labels: tuple[str, ...] = ()
    """Nodes with one of these labels are joined to those that have their keys, as they are, as shared nodes are."""
    rename_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that nodes get instead of those that the archive gives them."""
    dry_run: bool = False
    """Say what an import would do, and write nothing."""
    compare: bool = True
    """Whether a dry run also tells how the content differs from what is there."""
    foreign: ForeignNames = ForeignNames()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest:
    """Bring applications of one database into another, or into the same one under other names."""

    from_database: str
    to_database: str
    choices: tuple[ApplicationChoice, ...]
    """What to copy, and how; one without a version is the newest of its name, and then the only one of it."""
    batch_size: int = DEFAULT_BATCH_SIZE
    strip_secured: bool = False
    fail_on_difference: bool = False
    """As in ImportRequest, as are the labels."""
    join_labels: tuple[str, ...] = ()
    dry_run: bool = False
    """Say what the copy would do to the target, and write nothing there."""

    @property
    def database(self) -> str:
        """The one that it changes."""
        return self.to_database

    @property
    def stays_inside(self) -> bool:
        """Whether it changes the database that it reads."""
        return self.from_database == self.to_database


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRequest:
    """Remove an application from a database."""

    database: str
    name: str
    version: str | None = None
    """None: every version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectRequest:
    """Say what an archive of the tenant's folder holds, and what an import of it would find; nothing is written."""

    database: str
    """Where it would be imported; empty: nowhere."""
    archive_name: str
    join_labels: tuple[str, ...] = ()
    """As in ImportRequest, as are the two below."""
    rename_labels: Mapping[str, str] = field(default_factory=dict)
    foreign: ForeignNames = ForeignNames()


JobRequest: TypeAlias = ExportRequest | ImportRequest | CopyRequest | DeleteRequest | InspectRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownRequest:
    """A request that a later version recorded, and that is not wholly known here: it is shown, and never run."""

    content: Any
    """Its JSON; the text where it is none."""


RecordedRequest: TypeAlias = JobRequest | UnknownRequest
"""What a record may hold; nobody submits one that is unknown."""
