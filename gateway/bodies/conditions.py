"""The conditions of a change: that what it changes is still as its caller has seen it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import web

from gateway.http_errors import PreconditionFailedError
from shared.identity import Record

IF_MATCH: Final = MappingProxyType({"If-Match": "The ETag of what the change is meant for; of anything else: 412."})
"""What a request for a change may carry."""

ETAG: Final = MappingProxyType({"ETag": "The version that is shown, for `If-Match`."})
"""What an answer that shows one record carries."""


def etag_of(record: Record) -> Mapping[str, str]:
    """Return the header that names the record's version."""
    return {"ETag": f'"{record.version}"'}


def require_match(request: web.Request, record: Record) -> None:
    """Raise PreconditionFailedError where the request's If-Match does not name the record's version."""
    conditions = request.headers.getall("If-Match", [])
    etags = {each.strip() for condition in conditions for each in condition.split(",")}
    if not conditions or not etags.isdisjoint({"*", f'"{record.version}"'}):
        return
    message = (
        "This has changed since it was read. Read it again, decide anew, and send the change with the new ETag; "
        "without If-Match, a change applies to whatever there is."
    )
    raise PreconditionFailedError(message, headers=etag_of(record))
