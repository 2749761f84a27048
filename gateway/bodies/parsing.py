"""Parses bodies and queries: all errors at once, each with its path."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from gateway.bodies.encodings import is_utf8, require_plain_encoding, to_utf8
from gateway.http_errors import SlowRequestError
from shared.errors import InvalidJobIdError, InvalidJsonError, InvalidRequestError

BODY_SECONDS = 30.0
"""How long a JSON body may take to arrive: a megabyte over a slow line, not a connection held open for sport."""

MOST_NAMES: Final = 200
"""In one list of a request: each is looked up before the request is accepted."""

MOST_VALUES: Final = 20_000
"""In one JSON body: each may be wrong in its own way."""

_MOST_ERRORS: Final = 100
"""Named in one answer."""

_UUID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_SHOWN_CHARACTERS = 80
"""How much of a wrong value its error shows."""

Model = TypeVar("Model", bound=BaseModel)


async def read_json(request: web.Request) -> Any:
    """Read a JSON body, whatever its content type says but for the charset.

    Raises: InvalidJsonError, UnsupportedMediaTypeError, SlowRequestError.
    """
    return _load_json(await _read_body(request), "request body", request.charset)


async def digest_request(request: web.Request) -> str:
    """Return the SHA-256, in hex, of what is asked for: method, path with query, and body as they were sent."""
    what = f"{request.method} {request.path_qs}\n".encode()
    return hashlib.sha256(what + await _read_body(request)).hexdigest()


async def _read_body(request: web.Request) -> bytes:
    require_plain_encoding(request.headers)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise SlowRequestError(f"The request body did not arrive within {BODY_SECONDS:.0f} seconds.") from error


def _load_json(content: bytes, where: str, charset: str | None) -> Any:
    content = to_utf8(content, charset, where)
    # Whatever separates values stands between them: no need to make them first.
    if content.count(b",") > MOST_VALUES:
        raise InvalidRequestError(f"The {where} holds more than {MOST_VALUES} values; send less at once.")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidJsonError(f"The {where} is not JSON: {error}.{_hint(content)}") from error


def _hint(content: bytes) -> str:
    return "" if is_utf8(content) else " It is not UTF-8, either: send UTF-8, or name the charset in Content-Type."


async def parse_body(request: web.Request, model: type[Model]) -> Model:
    """Read and check a JSON body. Raises: InvalidRequestError naming every error."""
    return _check(await read_json(request), model, "request body")


def parse_json(content: bytes, model: type[Model], where: str, *, charset: str | None = None) -> Model:
    """Check JSON that arrived as a part, in UTF-8 if nothing else is said.

    Raises: InvalidJsonError, UnsupportedMediaTypeError; InvalidRequestError naming every error.
    """
    return _check(_load_json(content, where, charset), model, where)


async def parse_form(request: web.Request, model: type[Model], *, beside: Mapping[str, str]) -> Model:
    """Read and check a form (application/x-www-form-urlencoded), and fields that came beside it.

    Raises: InvalidRequestError naming every error.
    """
    try:
        content = to_utf8(await _read_body(request), request.charset, "form").decode()
        fields = dict(parse_qsl(content, keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise InvalidRequestError(f"The request body is not a form: {error}.") from error
    return _check({**beside, **fields}, model, "form")


def parse_query(request: web.Request, model: type[Model]) -> Model:
    """Check the query, where a key given several times is a list. Raises: InvalidRequestError naming every error."""
    values: Mapping[str, Sequence[str]] = {key: request.query.getall(key) for key in request.query}
    return _check({key: each[0] if len(each) == 1 else each for key, each in values.items()}, model, "query")


def parse_job_id(request: web.Request) -> str:
    """Return the job id of the path. Raises: InvalidJobIdError."""
    text = request.match_info["job_id"]
    if _UUID.fullmatch(text) is None:
        raise InvalidJobIdError(f"Job id {text!r} is not a UUID in its usual form.")
    return text.lower()


def _check(content: object, model: type[Model], where: str) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = [
            _describe(each["loc"], each["msg"], each["type"], each["input"])
            for each in error.errors(include_url=False)[:_MOST_ERRORS]
        ]
        if (more := error.error_count() - len(found)) > 0:
            found.append(f"and {more} more")
    raise InvalidRequestError(f"The {where} is not as it should be: {'; '.join(found)}.", details=found)


def _describe(location: Sequence[str | int], problem: str, kind: str, value: object) -> str:
    path = ".".join(str(part) for part in location) or "body"
    if kind == "missing":
        return f"{path}: {problem}"
    shown = repr(value)
    return f"{path}: {problem}, not {shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + '…'}"
