"""Errors of the server and of the driver, turned into ours."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from neo4j.exceptions import (
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ReadServiceUnavailable,
    ResultFailedError,
    ServiceUnavailable,
    SessionExpired,
    TransactionError,
    WriteServiceUnavailable,
)

from shared.adapters.neo4j.driver_internals import DamagedMessageError, MessageTooLongError
from shared.errors import ConstraintViolatedError, DatabaseUnavailableError, GraphferryError, TransferError


class PassingStateError(DatabaseUnavailableError):
    """The server does not do it now, and may before long: wait, then leave it to the next attempt."""

    may_pass = True
    """False where the server has said nothing else yet: a wrong password, a name of no database."""


class NotAdmittedError(PassingStateError):
    """The server does not know our user or password, or has locked the account for a while."""


class NoSuchDatabaseError(PassingStateError):
    """The server has no database of this name; a member that has just begun may not have it yet."""


class RefusedDataError(TransferError):
    """The server refuses what a statement brings: what is wrong is in its parameters."""


class RepeatableError(PassingStateError):
    """The statement may be sent again at once: a deadlock, a lost connection, an unknown commit."""


class TooMuchAtOnceError(RepeatableError):
    """The server has not the memory, or the time, for a transaction of this size: a smaller one may pass."""


class ConnectionLostError(RepeatableError):
    """The connection broke: the server stopped, or had not the memory for what it was to send."""


class RecordTooLongError(TransferError):
    """A record of the server is longer than we take: ask for fewer rows at once."""


_AWAY = RepeatableError, "is out of reach for now"
_LOST = ConnectionLostError, "is out of reach for now"
_NO_MEMBER = RepeatableError, "is out of reach, or has no member in its cluster that takes this for now"
_ENDED = RepeatableError, "ended the transaction"
_TOO_MUCH = TooMuchAtOnceError, "cannot do so much at once"
_SHUT = PassingStateError, "does not let us in for now"
_NOT_ADMITTED = NotAdmittedError, "does not admit us"
_READ_ONLY = PassingStateError, "cannot be written for now"
# What a member says, too, that was its cluster's leader until now.
_FOLLOWS = RepeatableError, "cannot be written for now"
_OTHER_HISTORY = PassingStateError, "is no longer the one that the job began with"
_ILL = PassingStateError, "has a fault of its own"
_TOO_LONG = RecordTooLongError, "sends more at once than fits in memory"
_SENSELESS = TransferError, "sends what cannot be read"
_REFUSED = TransferError, "refuses a statement"
_DATA_REFUSED = ConstraintViolatedError, "refuses the data"
# What cannot be read, held or indexed: our statements are known to be good.
_VALUE_REFUSED = RefusedDataError, "refuses the data"

REACTIONS: Mapping[str, tuple[type[GraphferryError], str]] = {
    "Neo": _ILL,
    "Neo.TransientError": _AWAY,
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": _TOO_MUCH,
    "Neo.TransientError.General.OutOfMemoryError": _TOO_MUCH,
    "Neo.TransientError.General.TransactionMemoryLimit": _TOO_MUCH,
    "Neo.TransientError.General.TransactionOutOfMemoryError": _TOO_MUCH,
    "Neo.DatabaseError": _ILL,
    "Neo.DatabaseError.Database.Unknown": _VALUE_REFUSED,
    "Neo.DatabaseError.Schema": (TransferError, "failed"),
    "Neo.DatabaseError.Statement": (TransferError, "failed"),
    "Neo.DatabaseError.Statement.ExecutionFailed": _VALUE_REFUSED,
    "Neo.ClientError": _REFUSED,
    "Neo.ClientError.Cluster": _AWAY,
    "Neo.ClientError.Database": _SHUT,
    "Neo.ClientError.Database.DatabaseNotFound": (NoSuchDatabaseError, "has no such database"),
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": _FOLLOWS,
    "Neo.ClientError.General.ReadOnly": _READ_ONLY,
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": _READ_ONLY,
    "Neo.ClientError.Request.Invalid": _VALUE_REFUSED,
    "Neo.ClientError.Request.InvalidFormat": _VALUE_REFUSED,
    "Neo.ClientError.Schema.ConstraintValidationFailed": _DATA_REFUSED,
    "Neo.ClientError.Schema.ConstraintViolation": _DATA_REFUSED,
    "Neo.ClientError.Schema.TokenNameError": _VALUE_REFUSED,
    "Neo.ClientError.Security": _SHUT,
    "Neo.ClientError.Security.AuthenticationRateLimit": _NOT_ADMITTED,
    "Neo.ClientError.Security.CredentialsExpired": _NOT_ADMITTED,
    "Neo.ClientError.Security.TokenExpired": _NOT_ADMITTED,
    "Neo.ClientError.Security.Unauthorized": _NOT_ADMITTED,
    "Neo.ClientError.Statement.ArgumentError": _VALUE_REFUSED,
    "Neo.ClientError.Statement.ConstraintVerificationFailed": _DATA_REFUSED,
    "Neo.ClientError.Statement.ConstraintViolation": _DATA_REFUSED,
    "Neo.ClientError.Statement.TypeError": _VALUE_REFUSED,
    "Neo.ClientError.Transaction.InvalidBookmark": _OTHER_HISTORY,
    "Neo.ClientError.Transaction.InvalidBookmarkMixture": _OTHER_HISTORY,
    # As an import's next holder does with the transactions of its predecessor: begun again, it learns whether it may.
    "Neo.ClientError.Transaction.LockClientStopped": _ENDED,
    "Neo.ClientError.Transaction.Terminated": _ENDED,
    # Our own limit of time, or the server's.
    "Neo.ClientError.Transaction.TransactionTimedOut": _TOO_MUCH,
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration": _TOO_MUCH,
}
"""What each class of answers leads to, by the beginning of its code; the longest that fits decides."""


TOO_LONG = RecordTooLongError, TooMuchAtOnceError, ConnectionLostError
"""What may pass when fewer rows are asked for at once: a server without memory for an answer only breaks off."""


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
    kind, what = react(error)
    return kind(f"Database {database!r} {what}: {_tell(error)}")


def react(error: Exception) -> tuple[type[GraphferryError], str]:
    """Return the kind of error that this one is for us, and what it says of the database."""
    match error:
        case Neo4jError():
            code = error.code or f"Neo.{type(error).__name__}"
            return REACTIONS[max((each for each in REACTIONS if f"{code}.".startswith(f"{each}.")), key=len)]
        case ConnectionAcquisitionTimeoutError():
            return PassingStateError, "has too much to do for now"
        case ServiceUnavailable() | SessionExpired():
            return _find_reaction(error)
        case _:
            return TransferError, "failed"


def _find_reaction(lost: Exception) -> tuple[type[GraphferryError], str]:
    match _find_cause(lost, MessageTooLongError, DamagedMessageError):
        case MessageTooLongError():
            return _TOO_LONG
        case DamagedMessageError():
            return _SENSELESS
        case _:
            return _NO_MEMBER if _is_without_member(lost) else _LOST


def _is_without_member(lost: Exception) -> bool:
    """Whether the driver knows no member for this, or none tells it of the others: nothing was sent."""
    return isinstance(lost.__cause__, (ReadServiceUnavailable, WriteServiceUnavailable, BaseExceptionGroup))


def _find_cause(lost: Exception, *kinds: type[BaseException]) -> BaseException | None:
    """Return what of these kinds the connection broke off for, if it did; of several servers the first counts."""
    error: BaseException | None = lost
    while error is not None and not isinstance(error, kinds):
        several = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
        error = several[0] if several else error.__cause__ or error.__context__
    return error


def _tell(error: Exception) -> str:
    """Give the reason; that of a connection may stand below what the driver says of it."""
    if isinstance(damage := _find_cause(error, MessageTooLongError, DamagedMessageError), DamagedMessageError):
        return str(damage)
    if (refusal := _find_cause(error, ssl.SSLError)) is not None:
        return f"no connection by TLS: {refusal}"
    if not isinstance(error, Neo4jError) or error.code is None:
        return str(error)
    return error.message if isinstance(error, ConstraintError) else f"{error.code}: {error.message}"
