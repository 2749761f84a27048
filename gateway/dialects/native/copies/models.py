"""The bodies of copies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.bodies.parsing import MOST_NAMES
from gateway.dialects.native.bodies import JobBody, Name
from gateway.dialects.native.choices import Action, ChosenApplication, JoinLabels, Suffix
from shared.jobs.requests import DEFAULT_WRITTEN_ROWS, ConflictAction, CopyRequest


class CopyBody(JobBody):
    """What POST /copies sends."""

    from_database: Name
    to_database: Name
    applications: Annotated[tuple[ChosenApplication, ...], Field(min_length=1, max_length=MOST_NAMES, strict=False)]
    on_conflict: Action = ConflictAction.FAIL
    """For applications that do not say it themselves, as the suffix."""
    suffix: Suffix | None = None
    strip_secured: bool = False
    fail_on_difference: bool = False
    join_labels: JoinLabels = ()
    dry_run: bool = False

    def to_request(self) -> CopyRequest:
        """Return the request."""
        return CopyRequest(
            from_database=self.from_database,
            to_database=self.to_database,
            choices=tuple(each.to_choice(self.on_conflict, self.suffix) for each in self.applications),
            batch_size=self.batch_size or DEFAULT_WRITTEN_ROWS,
            strip_secured=self.strip_secured,
            fail_on_difference=self.fail_on_difference,
            join_labels=self.join_labels,
            dry_run=self.dry_run,
        )
