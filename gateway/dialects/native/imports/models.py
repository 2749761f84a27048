"""The bodies of imports."""

from __future__ import annotations

from pydantic import Field

from gateway.bodies.parsing import MOST_NAMES
from gateway.dialects.native.bodies import JobBody, Name
from gateway.dialects.native.choices import Action, ChosenApplication, JoinLabels, RenamedLabels, Suffix
from gateway.dialects.native.foreign_names import ForeignNamesFields
from shared.jobs.requests import DEFAULT_WRITTEN_ROWS, ConflictAction, ImportRequest


class ImportBody(JobBody, ForeignNamesFields):
    """What POST /imports sends."""

    database: Name
    archive: Name
    import_as: Name | None = None
    on_conflict: Action = ConflictAction.FAIL
    suffix: Suffix | None = None
    applications: tuple[ChosenApplication, ...] = Field(default=(), max_length=MOST_NAMES, strict=False)
    """Empty: all of the archive, as the three fields above say; else the last two are the default of each."""
    fail_on_difference: bool = False
    join_labels: JoinLabels = ()
    rename_labels: RenamedLabels = Field(default_factory=dict)
    dry_run: bool = False

    def to_request(self) -> ImportRequest:
        """Return the request."""
        return ImportRequest(
            database=self.database,
            archive_name=self.archive,
            batch_size=self.batch_size or DEFAULT_WRITTEN_ROWS,
            import_as=self.import_as,
            on_conflict=self.on_conflict,
            suffix=self.suffix,
            choices=tuple(each.to_choice(self.on_conflict, self.suffix) for each in self.applications),
            fail_on_difference=self.fail_on_difference,
            join_labels=self.join_labels,
            rename_labels=self.rename_labels,
            dry_run=self.dry_run,
            foreign=self.to_names(),
        )
