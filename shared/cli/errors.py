"""The ways in which a command can fail, each with its exit code."""

from __future__ import annotations

from collections.abc import Sequence

from shared.cli.exit_codes import ExitCode


class CommandError(Exception):
    """A command cannot do what it is asked for; the message is for the person who gave it."""

    def __init__(
        self,
        message: str,
        *,
        exit_code: ExitCode = ExitCode.FAILED,
        details: Sequence[str] = (),
        pause: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.details = tuple(details)
        self.pause = pause
        """Seconds after which the same request may work; None: repeating it is of no use."""


class UsageError(CommandError):
    """The command line is wrong: mend it."""

    def __init__(self, message: str, *, details: Sequence[str] = ()) -> None:
        super().__init__(message, exit_code=ExitCode.USAGE, details=details)


class UnreachableError(CommandError):
    """The gateway did not answer, or not to the end."""

    def __init__(self, message: str) -> None:
        super().__init__(message, exit_code=ExitCode.RETRYABLE, pause=0.0)


class AnswerError(CommandError):
    """The gateway refused a request."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        exit_code: ExitCode,
        details: Sequence[str] = (),
        pause: float | None = None,
    ) -> None:
        super().__init__(message, exit_code=exit_code, details=details, pause=pause)
        self.status = status
        self.code = code
        """The stable one, as docs/errors.md lists it."""
