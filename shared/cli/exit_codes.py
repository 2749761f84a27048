"""The exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from shared.errors import ForbiddenError, GraphferryError, InvalidRequestError, UnauthenticatedError, UnavailableError


class ExitCode(IntEnum):
    """What a script can do about an ending."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    NOT_AUTHORISED = 4
    RETRYABLE = 5
    TENANT_BUSY = 11
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: Final = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed: the request was refused, the job failed or was cancelled, archives differ, a check fails",
    ExitCode.USAGE: "the command line is wrong, or the request that it makes",
    ExitCode.PARTIAL: "of several things some were done, others were not",
    ExitCode.NOT_AUTHORISED: "no or bad credentials, or the role does not suffice",
    ExitCode.RETRYABLE: "something is out of reach, or `--timeout` is over: the same command may work later",
    ExitCode.TENANT_BUSY: "the tenant's jobs leave no room for another one now",
    ExitCode.INTERRUPTED: "Ctrl-C",
    ExitCode.TERMINATED: "SIGTERM",
}
"""As the documentation tells them."""


def exit_code_of(error: GraphferryError) -> ExitCode:
    """Return the code for an error of this machine."""
    match error:
        case UnavailableError():
            return ExitCode.RETRYABLE
        case UnauthenticatedError() | ForbiddenError():
            return ExitCode.NOT_AUTHORISED
        case InvalidRequestError():
            return ExitCode.USAGE
        case _:
            return ExitCode.FAILED
