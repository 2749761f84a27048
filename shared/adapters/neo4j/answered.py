"""Whether a database has answered yet: before that, no waiting helps where it does not know us, or is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.neo4j.server_errors import NoSuchDatabaseError, NotAdmittedError


class Answered:
    """Tells of refusals whether they may pass: of a login or a database that has served, they may."""

    def __init__(self) -> None:
        self._has_answered = False

    def note(self) -> None:
        """Know that the database does what it is asked."""
        self._has_answered = True

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Have the database asked inside."""
        try:
            yield
        except (NotAdmittedError, NoSuchDatabaseError) as error:
            error.may_pass = self._has_answered
            raise
        self.note()
