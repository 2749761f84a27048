"""Errors of the server and of the driver, turned into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ResultFailedError,
    ServiceUnavailable,
    SessionExpired,
    TransactionError,
    TransientError,
)

from shared.errors import ConstraintViolatedError, DatabaseUnavailableError, GraphferryError, TransferError

TERMINATED = frozenset({"Neo.ClientError.Transaction.Terminated", "Neo.ClientError.Transaction.LockClientStopped"})
"""Somebody ended the transaction, as an import's next holder does with those of its predecessor: begun again, it learns
whether it may go on."""

OUT_OF_MEMORY = frozenset(
    {
        "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
        "Neo.TransientError.General.TransactionMemoryLimit",
        "Neo.TransientError.General.OutOfMemoryError",
    }
)


class RepeatableError(DatabaseUnavailableError):
    """The statement may be sent again: a deadlock, a lost connection, an unknown commit."""


class TooMuchAtOnceError(RepeatableError):
    """The server has not the memory for a transaction of this size now: a smaller one may pass."""


@contextmanager
def translated(database: str) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise _translate(database, _first_failure(error)) from error


def _first_failure(error: Exception) -> Exception:
    """Return what a transaction failed of: what is asked of it afterwards fails without a reason of its own."""
    while isinstance(error, (ResultFailedError, TransactionError)) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error


def _translate(database: str, error: Exception) -> GraphferryError:
    kind: type[GraphferryError]
    match error:
        case ConstraintError():
            kind, what = ConstraintViolatedError, f"refuses the data: {error.message}"
        case AuthError():
            kind, what = DatabaseUnavailableError, f"does not let us in: {error.message}"
        case ConnectionAcquisitionTimeoutError():
            kind, what = DatabaseUnavailableError, f"has too much to do for now: {error}"
        case TransientError(code=code) if code in OUT_OF_MEMORY:
            kind, what = TooMuchAtOnceError, f"is out of reach for now: {error}"
        case TransientError() | ServiceUnavailable() | SessionExpired():
            kind, what = RepeatableError, f"is out of reach for now: {error}"
        case ClientError(code=code) if code in TERMINATED:
            kind, what = RepeatableError, f"ended the transaction: {error.message}"
        case ClientError(code="Neo.ClientError.Database.DatabaseNotFound"):
            kind, what = DatabaseUnavailableError, f"has no such database: {error.message}"
        case ClientError():
            kind, what = TransferError, f"refuses a statement: {error.code}: {error.message}"
        case _:
            kind, what = TransferError, f"failed: {error}"
    return kind(f"Database {database!r} {what}")
