"""The exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum

from shared.errors import ForbiddenError, GraphferryError, InvalidRequestError, UnauthenticatedError, UnavailableError


class ExitCode(IntEnum):
    """What a script can do about an ending."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_AUTHORISED = 4
    RETRYABLE = 5
    """The same command may work later."""


def exit_code_of(error: GraphferryError) -> ExitCode:
    """Return the code for an error."""
    match error:
        case UnavailableError():
            return ExitCode.RETRYABLE
        case UnauthenticatedError() | ForbiddenError():
            return ExitCode.NOT_AUTHORISED
        case InvalidRequestError():
            return ExitCode.USAGE
        case _:
            return ExitCode.FAILED
