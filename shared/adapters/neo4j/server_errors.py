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
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from shared.errors import ConstraintViolatedError, DatabaseUnavailableError, TransferError

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
    except ConstraintError as error:
        raise ConstraintViolatedError(f"Database {database!r} refuses the data: {error.message}") from error
    except AuthError as error:
        raise DatabaseUnavailableError(f"Database {database!r} does not let us in: {error.message}") from error
    except ConnectionAcquisitionTimeoutError as error:
        raise DatabaseUnavailableError(f"Database {database!r} has too much to do for now: {error}") from error
    except TransientError as error:
        kind = TooMuchAtOnceError if error.code in OUT_OF_MEMORY else RepeatableError
        raise kind(f"Database {database!r} is out of reach for now: {error}") from error
    except (ServiceUnavailable, SessionExpired) as error:
        raise RepeatableError(f"Database {database!r} is out of reach for now: {error}") from error
    except ClientError as error:
        if error.code in TERMINATED:
            raise RepeatableError(f"Database {database!r} ended the transaction: {error.message}") from error
        if error.code == "Neo.ClientError.Database.DatabaseNotFound":
            raise DatabaseUnavailableError(f"Database {database!r} has no such database: {error.message}") from error
        raise TransferError(f"Database {database!r} refuses a statement: {error.code}: {error.message}") from error
    except (Neo4jError, DriverError) as error:
        raise TransferError(f"Database {database!r} failed: {error}") from error
