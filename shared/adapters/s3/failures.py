"""What errors of an object store mean.

Those that say how things stand are classes of this module, for its callers to act on; to all others they are errors
like those of a store that does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiohttp import ClientError as ClientConnectionProblem
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from shared.errors import ArchivesForbidError, BucketUnknownError, UnavailableError

_MISSING: Final = frozenset({"NoSuchKey", "NoSuchUpload", "NotFound", "404"})
_TAKEN: Final = frozenset({"PreconditionFailed", "412"})
_COLLISION: Final = frozenset({"ConditionalRequestConflict", "OperationAborted", "409"})
_UNSUPPORTED: Final = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405"})
_DENIED: Final = frozenset(
    {
        *("AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden", "403"),
        *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired"),
    }
)
_NO_CREDENTIALS: Final = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)


_BROKEN: Final = (BotoCoreError, ClientConnectionProblem, OSError, RuntimeError, ValueError)
"""Connections that fail or break off, which a body's reader also tells as RuntimeError; answers that are none."""


class MissingError(UnavailableError):
    """There is no such object, or no such upload."""


class TakenError(UnavailableError):
    """There is such an object, and there should be none; or it is another than it was."""


class CollisionError(UnavailableError):
    """Somebody else does something with the same object at the same time: begin again."""


class UnsupportedError(UnavailableError):
    """The store cannot do that."""


@contextmanager
def store_errors(right: str, place: str) -> Iterator[None]:
    """Name what the client library raises; `right` is what the store asks for, `place` where.

    Raises: UnavailableError: MissingError, TakenError, CollisionError, UnsupportedError, ArchivesForbidError,
    BucketUnknownError, or none of them.
    """
    try:
        yield
    except ClientError as error:
        raise _translate(error.response, right, place) from error
    except _NO_CREDENTIALS as error:
        raise ArchivesForbidError(
            f"The object store needs credentials for {right} on {place}, and none can be had: {error}. Set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what else the chain of credentials reads."
        ) from error
    except NoRegionError as error:
        raise UnavailableError(
            f"The object store of {place} has no region: add region=… to GRAPHFERRY_ARCHIVES, or set "
            "AWS_DEFAULT_REGION."
        ) from error
    except _BROKEN as error:
        raise UnavailableError(
            f"The object store does not answer as it should: {type(error).__name__}: {error}. Try again later."
        ) from error


def _translate(response: Any, right: str, place: str) -> UnavailableError:
    code, told = str(response["Error"].get("Code", "")), str(response["Error"].get("Message", ""))
    message = (
        f"The object store does not do {right} on {place} now ({code or 'no code'}: {told or 'no message'}). "
        "Try again later."
    )
    for codes, kind in (
        (_MISSING, MissingError),
        (_TAKEN, TakenError),
        (_COLLISION, CollisionError),
        (_UNSUPPORTED, UnsupportedError),
    ):
        if code in codes:
            return kind(message)
    if code in _DENIED:
        return ArchivesForbidError(
            f"The object store forbids {right} on {place} ({code}: {told}). Give the credentials that right, or give "
            "others."
        )
    if code == "NoSuchBucket":
        return BucketUnknownError(
            f"The object store has no bucket of the name in {place}. Make it, or name another in GRAPHFERRY_ARCHIVES."
        )
    return UnavailableError(message)
