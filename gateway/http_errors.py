"""Errors that exist in HTTP only."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import GraphferryError, UnavailableError


class HttpRefusalError(GraphferryError):
    """A refusal whose answer carries headers of its own."""

    def __init__(
        self, message: str, *, headers: Mapping[str, str] | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.headers = dict(headers or {})
        self.fields = dict(fields or {})
        """What the body says beside code and message, on surfaces that have a place for it."""


class TooManyFailedLoginsError(HttpRefusalError):
    """An address has shown too many bad credentials."""

    code = "TOO_MANY_FAILED_LOGINS"


class TooManyRequestsError(HttpRefusalError):
    """A user asks too often."""

    code = "TOO_MANY_REQUESTS"


class UnsupportedEncodingError(HttpRefusalError):
    """A request body comes compressed."""

    code = "UNSUPPORTED_ENCODING"


class UnsupportedMediaTypeError(HttpRefusalError):
    """A request body is not of the type that is taken here."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class UnsupportedProtocolError(HttpRefusalError):
    """An upload in pieces comes in a version of its protocol that is not spoken here."""

    code = "UNSUPPORTED_PROTOCOL"


class PreconditionFailedError(HttpRefusalError):
    """What is asked for, or is to be changed, is not as the request's conditions have it."""

    code = "PRECONDITION_FAILED"


class ChecksumMismatchError(HttpRefusalError):
    """A piece of an upload is not what its checksum says; it does not count."""

    code = "CHECKSUM_MISMATCH"


class MalformedRequestError(HttpRefusalError):
    """What arrives is no request of HTTP/1.1."""

    code = "MALFORMED_REQUEST"


class TargetTooLongError(HttpRefusalError):
    """The path and query of a request are too long."""

    code = "TARGET_TOO_LONG"


class HeadersTooLargeError(HttpRefusalError):
    """The headers of a request are too many, or too large."""

    code = "HEADERS_TOO_LARGE"


class TooManyConnectionsError(HttpRefusalError):
    """An address holds too many connections, or requests that a proxy passed on."""

    code = "TOO_MANY_CONNECTIONS"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Your address has {limit} open connections, as many as one may have here; close some.",
            headers={"Retry-After": "5"},
        )


class GatewayFullError(UnavailableError):
    """All connections of the gateway are taken."""

    code = "GATEWAY_FULL"

    def __init__(self) -> None:
        super().__init__("All connections of this gateway are taken; try again later.")


class SlowRequestError(HttpRefusalError):
    """A request, or its body, does not arrive in time."""

    code = "REQUEST_TIMEOUT"


class RangeNotSatisfiableError(HttpRefusalError):
    """A range of bytes lies behind the end."""

    code = "RANGE_NOT_SATISFIABLE"


class NoSuchRouteError(HttpRefusalError):
    """No route has this path."""

    code = "NOT_FOUND"


class MethodNotAllowedError(HttpRefusalError):
    """A path has routes, but none with this method."""

    code = "METHOD_NOT_ALLOWED"


class JobLimitReachedError(HttpRefusalError):
    """The tenant has a running job; the answer says which."""

    code = "JOB_LIMIT_REACHED"


class ServiceNotReadyError(HttpRefusalError):
    """A service is still being imported."""

    code = "SERVICE_NOT_READY"


class JobUnfinishedError(HttpRefusalError):
    """A request that waits for its job has waited long enough; the job goes on."""

    code = "JOB_UNFINISHED"


class IssuerUnavailableError(UnavailableError):
    """The outside issuer of a token does not say with which keys it signs."""

    code = "ISSUER_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The issuer of this token cannot be asked for its keys; try again later.")
