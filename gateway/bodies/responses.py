"""JSON answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import orjson
from aiohttp import web

from gateway.server.front import find_base
from shared.jobs.record import Job


def to_json(content: object) -> bytes:
    """Encode as UTF-8; what UTF-8 has no form for (lone surrogates from odd requests) is escaped."""
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError:
        return json.dumps(content, default=_fields_of).encode()


def _fields_of(value: object) -> object:
    """Give a dataclass as orjson does by itself."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return asdict(value)


def respond_json(
    content: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Make a JSON answer."""
    return web.Response(body=to_json(content), status=status, content_type="application/json", headers=headers)


def absolute_url(request: web.Request, path: str) -> str:
    """Build a link that leads here from where the request came from."""
    return find_base(request) + path


def job_url(request: web.Request, job: Job) -> str:
    """Return where a job can be asked for, whatever surface it came over."""
    return absolute_url(request, f"/api/v1/jobs/{job.id}")
