"""The conditions of requests, as RFC 9110 has them: that what is there is as its caller has seen it, or is not.

The library's own reading of them knows one line of a header alone, no tags in If-Range, and fails at a year too large.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Final

from aiohttp import hdrs, web

from gateway.doc import Answer, Doc, refusals
from gateway.http_errors import PreconditionFailedError
from shared.identity import Record

IF_MATCH: Final = MappingProxyType({"If-Match": "The ETag of what the change is meant for; of anything else: 412."})
"""What a request for a change of a record may carry."""

CONDITIONS: Final = MappingProxyType(
    {
        **IF_MATCH,
        "If-None-Match": "`*`: only where nothing is there yet; or the ETag of what is to be left as it is.",
        "If-Unmodified-Since": "As If-Match, by time, where there is none.",
    }
)
"""What a request for a change of a file may carry."""

ETAG: Final = MappingProxyType({"ETag": "The version that is shown, for `If-Match`."})
"""What an answer that shows one record carries."""

READING: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
"""The methods that change nothing."""

_TAG = re.compile(r'(?:W/)?"[^"]*"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """By what callers tell one state of a thing from another."""

    etag: str = ""
    """Strong: of two states that differ in a byte, it differs. Empty: there is none, and no tag is this one's."""
    modified: datetime | None = None
    """In whole seconds, as headers have it."""
    is_settled: bool = False
    """Whether no other state has ever been told to be of that second."""

    @classmethod
    def of_change(cls, etag: str, changed: float) -> Version:
        """Return the version of what was changed last at this time, in seconds since 1970.

        The time is rounded up, though never to one to come: only what was told before its second was over can be told
        of a successor too.
        """
        modified, now = math.ceil(changed), int(time.time())
        told = datetime.fromtimestamp(min(modified, now), UTC)
        return cls(etag=etag, modified=told, is_settled=modified <= now)

    @property
    def headers(self) -> Mapping[str, str]:
        """What an answer says of it."""
        time_of = "" if self.modified is None else format_datetime(self.modified, usegmt=True)
        told = {"ETag": self.etag, "Last-Modified": time_of}
        return {name: value for name, value in told.items() if value}


def describe_shown(summary: str, model: Any) -> Doc:
    """Describe a route that shows one record."""
    known = Answer(text="It is what the caller has.", media_types=(), headers=ETAG)
    return Doc(
        summary=summary,
        headers={"If-None-Match": "The ETag of what the caller has; then nothing is sent: 304."},
        answers={200: Answer(model=model, headers=ETAG), 304: known},
        refusals=refusals(412),
    )


def etag_of(record: Record) -> Mapping[str, str]:
    """Return the header that names the record's version."""
    return Version(etag=f'"{record.version}"').headers


def require_match(request: web.Request, record: Record) -> None:
    """Refuse a change of a record that is not as the request says. Raises: PreconditionFailedError."""
    require_conditions(request, Version(etag=f'"{record.version}"'))


def has_conditions(request: web.Request) -> bool:
    """Whether a change has any: then it is worth while to find out the version of what is there."""
    return any(name in request.headers for name in CONDITIONS)


def require_conditions(request: web.Request, current: Version | None) -> None:
    """Refuse a change where the conditions do not hold of what is there; None: nothing is.

    Raises: PreconditionFailedError.
    """
    _require_unchanged(request, current)
    if _has_it(request, current):
        raise _failed("There is something here already, which is to be left as it is.", current)


def is_known(request: web.Request, current: Version) -> bool:
    """Whether the caller has what it asks for. Raises: PreconditionFailedError."""
    _require_unchanged(request, current)
    return _has_it(request, current)


def fits_part(request: web.Request, current: Version) -> bool:
    """Whether a part of what is there fits to what the caller has; without If-Range, the caller takes it as it is."""
    conditions = request.headers.getall(hdrs.IF_RANGE, [])
    if not conditions or conditions == [current.etag]:
        return True
    moment = _read_time(request, hdrs.IF_RANGE)
    return current.is_settled and moment is not None and moment == current.modified


def _require_unchanged(request: web.Request, current: Version | None) -> None:
    tags = _read_tags(request, hdrs.IF_MATCH)
    if tags is not None:
        is_met = current is not None and not tags.isdisjoint({"*", current.etag})
    else:
        is_met = not _is_later(current, _read_time(request, hdrs.IF_UNMODIFIED_SINCE))
    if not is_met:
        message = (
            "This has changed since it was read. Read it again, decide anew, and send the request with the new ETag; "
            "without If-Match and If-Unmodified-Since, it applies to whatever there is."
        )
        raise _failed(message, current)


def _has_it(request: web.Request, current: Version | None) -> bool:
    tags = _read_tags(request, hdrs.IF_NONE_MATCH)
    if tags is not None:
        return current is not None and not {each.removeprefix("W/") for each in tags}.isdisjoint({"*", current.etag})
    since = _read_time(request, hdrs.IF_MODIFIED_SINCE) if request.method in READING else None
    return current is not None and current.modified is not None and since is not None and current.modified <= since


def _is_later(current: Version | None, moment: datetime | None) -> bool:
    return current is not None and current.modified is not None and moment is not None and current.modified > moment


def _read_tags(request: web.Request, name: str) -> frozenset[str] | None:
    """Return a header's entity tags, or `*` alone; None where there is no such header; none of what is malformed."""
    if name not in request.headers:
        return None
    text = ", ".join(request.headers.getall(name)).strip()
    if text == "*":
        return frozenset({text})
    is_list = _TAG.sub("", text).strip(", \t") == ""
    return frozenset(_TAG.findall(text) if is_list else ())


def _read_time(request: web.Request, name: str) -> datetime | None:
    """Return a header's time; None where there is none, several, or no time at all: then there is no condition."""
    texts = request.headers.getall(name, [])
    if len(texts) != 1:
        return None
    try:
        moment = parsedate_to_datetime(texts[0])
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _failed(message: str, current: Version | None) -> PreconditionFailedError:
    return PreconditionFailedError(message, headers={} if current is None else current.headers)
