"""Every internal error of the session: the code that stands for a fault of ours, wherever it is made or read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from shared.errors import GraphferryError
from shared.jobs.record import Failure

INTERNAL: Final = GraphferryError.code
MADE: list[str] = []
"""What was told with that code since the list was cleared."""


def watch_internal_errors() -> None:
    """Note every error that a gateway answers with the code, and every job's failure with it, those read too."""
    _note_after(GraphferryError)
    _note_after(Failure)


def _note_after(kind: type[GraphferryError | Failure]) -> None:
    make: Callable[..., None] = kind.__init__

    def make_and_note(self: GraphferryError | Failure, *args: Any, **fields: Any) -> None:
        make(self, *args, **fields)
        if self.code == INTERNAL:
            MADE.append(self.message)

    kind.__init__ = make_and_note  # type: ignore[method-assign]
