"""How an error becomes an answer: the only place that knows HTTP status codes of errors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gateway import http_errors
from gateway.bodies.draining import drain
from gateway.bodies.responses import to_json
from gateway.dialect import Dialect
from gateway.error_facts import ErrorFacts
from gateway.http_errors import HttpRefusalError
from gateway.keys import DIALECTS, ERROR_CODE, METRICS, REQUEST_ID, REQUEST_LOG, SETTINGS, TRACE
from gateway.middlewares.headers import SECURITY_HEADERS, SERVER_NAME
from gateway.middlewares.matched_route import find_route
from gateway.middlewares.request_id import HEADER as REQUEST_ID_HEADER
from gateway.middlewares.request_id import choose_request_id
from gateway.server.connections import is_gone
from shared import errors
from shared.errors import GraphferryError
from shared.trace_context import begin_trace

RETRY_AFTER_SECONDS = "5"
"""What a caller is told who meets an engine out of reach, or a full queue."""

CALLER_GONE = 499
"""Stands in logs and metrics for answers that nobody waited for; it is never sent."""

STATUS_BY_ERROR: Mapping[type[GraphferryError], int] = MappingProxyType(
    {
        errors.InvalidRequestError: 400,
        errors.UnauthenticatedError: 401,
        errors.ForbiddenError: 403,
        errors.NotFoundError: 404,
        http_errors.MalformedRequestError: 400,
        http_errors.NoSuchRouteError: 404,
        http_errors.MethodNotAllowedError: 405,
        http_errors.SlowRequestError: 408,
        http_errors.UnsupportedProtocolError: 412,
        http_errors.PreconditionFailedError: 412,
        errors.UploadBusyError: 423,
        http_errors.ChecksumMismatchError: 460,
        errors.ConflictError: 409,
        errors.TooLargeError: 413,
        http_errors.UnsupportedEncodingError: 415,
        http_errors.UnsupportedMediaTypeError: 415,
        http_errors.RangeNotSatisfiableError: 416,
        http_errors.TargetTooLongError: 414,
        errors.InvalidArchiveError: 422,
        errors.IdempotencyKeyReusedError: 422,
        http_errors.JobLimitReachedError: 409,
        http_errors.ServiceNotReadyError: 409,
        http_errors.TooManyFailedLoginsError: 429,
        http_errors.TooManyRequestsError: 429,
        http_errors.TooManyConnectionsError: 429,
        http_errors.HeadersTooLargeError: 431,
        errors.UnavailableError: 503,
        http_errors.JobUnfinishedError: 504,
        errors.DiskFullError: 507,
        GraphferryError: 500,
    }
)


def status_of(error: GraphferryError) -> int:
    """Return the status of the most specific class that the table names."""
    return next(STATUS_BY_ERROR[each] for each in type(error).__mro__ if each in STATUS_BY_ERROR)


def dialect_of(request: web.Request) -> Dialect:
    """Return whose form an error has: the route's dialect, else (no route) the first that owns the path."""
    dialects, settings = request.app[DIALECTS], request.app[SETTINGS]
    route = find_route(request)
    if route is not None:
        return next(each for each in dialects if each.surface is route.surface)
    return next(each for each in dialects if each.owns_path(request.path, settings))


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in the surface's form, after the body where the route says so."""
    response = await _try(request, handler)
    route = find_route(request)
    if response.status >= 400 and route is not None and route.drains:
        await drain(request, request.app[SETTINGS].spark_max_bytes)
    return response


async def _try(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised into an answer; only the unexpected is logged with its traceback."""
    try:
        return await handler(request)
    except GraphferryError as error:
        return _answer(request, error)
    except web.HTTPException as error:
        return _answer(request, _translate(request, error))
    except web.RequestPayloadError:  # it holds what was sent
        return _answer(request, errors.InvalidRequestError("The request body is broken off or malformed."))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer without its inside
        if isinstance(error, ConnectionError) and is_gone(request):
            return web.Response(status=CALLER_GONE)
        structlog.get_logger(__name__).exception(
            "request failed", request_id=request[REQUEST_ID], trace_id=request[TRACE].trace_id
        )
        return _answer(request, GraphferryError(f"An internal error; the log names it under {request[REQUEST_ID]}."))


def _translate(request: web.Request, error: web.HTTPException) -> GraphferryError:
    match error:
        case web.HTTPNotFound():
            return http_errors.NoSuchRouteError(f"There is nothing at {request.path!r}.")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            message = f"{request.method} is not allowed at {request.path!r}; allowed: {allowed}."
            return http_errors.MethodNotAllowedError(message, headers={"Allow": allowed})
        case web.HTTPRequestEntityTooLarge():
            limit = request.app[SETTINGS].max_json_bytes
            return errors.TooLargeError(f"The request body is above the limit of {limit} bytes.")
        case _:
            return GraphferryError(f"The server cannot answer this: {error.reason}")


def _answer(request: web.Request, error: GraphferryError) -> web.Response:
    if request.writer.output_size > 0 and is_gone(request):
        return web.Response(status=CALLER_GONE)
    if request.writer.output_size > 0:
        # The head is sent already: only a broken connection can still tell the caller.
        raise ConnectionResetError(f"The answer broke off: {error.message}") from error
    request[ERROR_CODE] = error.code
    return _form(error, dialect_of(request), request[REQUEST_ID], request[TRACE].trace_id)


def answer_unread(app: web.Application, error: GraphferryError) -> web.Response:
    """Answer what is no request: nothing of it is known, so it has the form of paths that nobody else owns."""
    dialect = next(each for each in app[DIALECTS] if each.owns_path("/", app[SETTINGS]))
    request_id = choose_request_id(None)
    trace_id = begin_trace().trace_id
    answer = _form(error, dialect, request_id, trace_id)
    answer.headers.update({**SECURITY_HEADERS, hdrs.SERVER: SERVER_NAME, REQUEST_ID_HEADER: request_id})
    app[METRICS].count_request(route="none", method="other", status=answer.status, seconds=0.0)
    app[REQUEST_LOG].debug(
        "no request", status=answer.status, code=error.code, request_id=request_id, trace_id=trace_id
    )
    return answer


def _form(error: GraphferryError, dialect: Dialect, request_id: str, trace_id: str) -> web.Response:
    status = status_of(error)
    facts = ErrorFacts(
        status=status,
        code=error.code,
        message=error.message,
        details=error.details,
        request_id=request_id,
        trace_id=trace_id,
        fields=error.fields if isinstance(error, HttpRefusalError) else {},
    )
    return web.Response(
        body=to_json(dialect.form_error(facts)),
        status=status,
        content_type=dialect.error_media_type,
        headers=_headers(error, status, dialect),
    )


def _headers(error: GraphferryError, status: int, dialect: Dialect) -> Mapping[str, str]:
    match status:
        case 401:
            challenges = (f'{each} realm="graphferry", charset="UTF-8"' for each in dialect.challenges)
            return {"WWW-Authenticate": ", ".join(challenges)}
        case 423 | 503:
            return {"Retry-After": RETRY_AFTER_SECONDS}
        case _:
            return error.headers if isinstance(error, HttpRefusalError) else {}
