"""Holds back from a server that does not know our user or password: it locks the account of who tries on and on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from shared.adapters.neo4j.server_errors import NotAdmittedError

FIRST_WAIT_SECONDS: Final = 5.0
"""As long as a server locks an account after three failures, by default."""

LONGEST_WAIT_SECONDS: Final = 60.0


class Admission:
    """Lets statements pass until the server turns our login down; then one of them after each of growing waits."""

    def __init__(self, database: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._wait = 0.0
        self._next = 0.0
        self._reason = ""

    @property
    def is_open(self) -> bool:
        """Whether the server may be asked now."""
        return self._clock() >= self._next

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Have the server asked inside. Raises: NotAdmittedError, also while nothing is to be sent."""
        if not self.is_open:
            seconds = self._next - self._clock()
            raise NotAdmittedError(
                f"Database {self._database!r} does not know our user or password; it is asked again in {seconds:.0f} "
                f"s, so that it does not lock the account. It said: {self._reason}"
            )
        try:
            yield
        except NotAdmittedError as error:
            self._wait = min(max(FIRST_WAIT_SECONDS, 2 * self._wait), LONGEST_WAIT_SECONDS)
            self._next, self._reason = self._clock() + self._wait, error.message
            raise
        self._wait = 0.0
