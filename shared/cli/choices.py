"""The options of the commands that begin jobs, as the gateway wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from shared.cli.choosing import ChosenJobs
from shared.cli.errors import UsageError
from shared.cli.options import ArchiveFirst, Flag, Names, one_of
from shared.cli.several import require_some
from shared.jobs.requests import ConflictAction, FileFilter, VersionStep


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What every job may be told."""

    batch_size: int | None = None
    """Rows that are read or written at once."""
    depends_on: ChosenJobs = ()
    """Ids of jobs, or their beginnings, that must have closed before this one starts."""

    queue: bool = True
    """Wait for the tenant's turn; with --no-queue the exit code is 11 while the tenant has a running job."""
    idempotency_key: str | None = None
    """A word for this very request: given again with it, the command goes on with the job that it began before, and
    tries it again where it failed, was cancelled or took too long."""

    def to_body(self) -> Mapping[str, Any]:
        """Return the fields of the request, but for the jobs: the gateway wants them by their whole ids."""
        return {"batch_size": self.batch_size, "queue": None if self.queue else False}


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is written into an archive."""

    version: str | None = None
    """The version of the one application that is named; else its newest."""
    file_filter: Annotated[str, one_of(FileFilter)] = FileFilter.MIGRATE
    """`migrate` for an import by Graphferry, `onpremises` for the server's own offline importer."""
    file_name: str | None = None
    """What the archive shall be called; else as the first application, with the time."""
    strip_secured: Flag = False
    """Leave out the values of keys that sound secret, such as passwords."""

    def to_body(self, applications: Sequence[str]) -> Mapping[str, Any]:
        """Return the fields of the request. Raises: UsageError."""
        return {
            "applications": name_all(applications, self.version),
            "file_filter": self.file_filter,
            "file_name": self.file_name,
            "strip_secured": self.strip_secured or None,
        }


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictOptions:
    """What becomes of applications that arrive."""

    import_as: Annotated[str | None, Parameter(name=["--import-as", "--as"])] = None
    """Another name for the one application that arrives."""
    on_conflict: Annotated[str | None, one_of(ConflictAction)] = None
    """What to do where the database holds an application of the name already; else the job fails."""
    version_step: Annotated[str | None, one_of(VersionStep)] = None
    """Which part of the newest version grows with `--on-conflict add_version`."""
    suffix: str | None = None
    """What stands behind the name with `--on-conflict rename`."""
    fail_on_difference: Flag = False
    """Fail where a shared node has other properties in the database; else those there are kept."""
    join_labels: Names = ()
    """A label whose nodes are joined to those that have their keys, which stay as they are, also where they differ."""
    dry_run: Flag = False
    """Say what would be done, and write nothing; the exit code is 1 where it would fail."""
    archive_first: ArchiveFirst = None
    """With `--on-conflict overwrite`: export what would be overwritten first, and do nothing where that fails; at a
    terminal this is so unless you say `--no-archive-first`, for scripts it is not."""

    @property
    def overwrites(self) -> bool:
        """Whether something may be lost."""
        return self.on_conflict == ConflictAction.OVERWRITE and not self.dry_run

    def to_body(self, applications: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        """Return the fields of the request; no applications are all that the archive has. Raises: UsageError."""
        fields = {
            "fail_on_difference": self.fail_on_difference or None,
            "join_labels": list(self.join_labels) or None,
            "dry_run": self.dry_run or None,
        }
        ways = {"import_as": self.import_as, "on_conflict": self.on_conflict, "suffix": self.suffix}
        if not applications:
            if self.version_step is not None:
                raise UsageError("--version-step needs --application.")
            return {**fields, **ways}
        if self.import_as is not None and len(applications) > 1:
            raise UsageError("--import-as goes with one application.")
        ways["version_step"] = self.version_step
        given = {name: value for name, value in ways.items() if value is not None}
        return {**fields, "applications": [{**each, **given} for each in applications]}


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignOptions:
    """Where names come from in GraphML of another tool, and where they go."""

    label_from: str | None = None
    """The key whose values are the nodes' labels."""
    type_from: str | None = None
    """The key whose values are the relationships' types."""
    id_property: str | None = None
    """The property for the nodes' ids; empty: none."""
    parent_property: str | None = None
    """The property for the id of the node whose nested graph holds a node; empty: none."""
    one_application: Flag = False
    """Read several graphs of a document as one application, instead of one each."""

    def to_fields(self) -> Mapping[str, str | bool | None]:
        """Return the fields of a request or the parameters of a query."""
        return {**asdict(self), "one_application": self.one_application or None}


def name_all(applications: Sequence[str], version: str | None) -> list[dict[str, str]]:
    """Return references to applications. Raises: UsageError."""
    require_some(applications, "application")
    if version is None:
        return [{"name": name} for name in applications]
    if len(applications) > 1:
        raise UsageError("--version goes with one application.")
    return [{"name": applications[0], "version": version}]
