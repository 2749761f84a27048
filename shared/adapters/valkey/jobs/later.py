"""Reads a record that a later version wrote: what is not known here is kept as it is, and nothing is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.adapters.valkey.jobs.forms import PARTS, REQUESTS, TIMES, parse_time, read_plain
from shared.jobs.record import Job, JobKind, Phase, Progress, Status, Surface, read_word
from shared.jobs.requests import RecordedRequest, UnknownRequest
from shared.jobs.summaries import Summary
from shared.jobs.summary_json import from_json

MOST_TOLD: Final = 10
"""Of what is not known in a request."""

_EPOCH: Final = datetime.fromtimestamp(0, UTC)

_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "cancel": {"reason": None, "by": "", "at": 0},
    "archive": {"name": "", "bytes": 0, "sha256": ""},
    "failure": {"code": "UNKNOWN", "message": ""},
    "submitter": {"home": None, "roles": []},
    "archive_identity": {"inode": 0, "bytes": 0, "modified_ns": 0},
}
"""What stands for a part's fields that are absent, or have another form."""

_DECIDING: Final = ("submitter", "archive_identity")
"""Parts that decide what a job may do: one that is not wholly known is not left out."""

Value = TypeVar("Value")

_Record: TypeAlias = Mapping[str, str]


def read_later(fields: _Record) -> Job:
    """Read a record from its hash, whatever it holds."""
    kind = read_word(JobKind, fields.get("kind", ""))
    request, unsupported = _read_request(kind, fields.get("request", ""))
    parts, unknown = _read_parts(fields)
    progress, other_counts = _read_progress(fields)
    return Job(
        id=fields.get("id", ""),
        tenant=fields.get("tenant", ""),
        kind=kind,
        surface=read_word(Surface, fields.get("surface", "")),
        database=fields.get("database", ""),
        created_by=fields.get("created_by", ""),
        request=request,
        status=read_word(Status, fields.get("status", "")),
        attempt=_read_number(fields, "attempt"),
        crashes=_read_number(fields, "crashes"),
        unknown_to=_read_number(fields, "unknown_to"),
        fence=_read_number(fields, "fence"),
        deadline_seconds=_read_number(fields, "deadline_seconds"),
        progress=progress,
        summary=_read_summary(fields),
        depends_on=_read_dependencies(fields),
        unsupported=(*unsupported, *(f"the field {name!r}" for name in _DECIDING if name in unknown)),
        unknown={**unknown, **({"progress": other_counts} if other_counts else {})},
        **read_plain(fields),
        **_read_times(fields),
        **parts,
    )


def _read_request(kind: JobKind, text: str) -> tuple[RecordedRequest, tuple[str, ...]]:
    """Return the request, and what of it is not known."""
    form = REQUESTS.get(kind)
    if form is None:
        return UnknownRequest(content=_load(text)), (f"the kind of job {kind.value!r}",)
    try:
        return form.validate_json(text, extra="forbid"), ()
    except ValidationError as error:
        return UnknownRequest(content=_load(text)), tuple(_name_unknown(error))[:MOST_TOLD]


def _name_unknown(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(map(str, each["loc"]))
        match each["type"]:
            case "unexpected_keyword_argument":
                yield f"the option {place!r}"
            case _:
                yield f"the form of the option {place!r}" if place else "the form of the request"


def _read_parts(fields: _Record) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the parts that the record has, and what of each is not known."""
    parts, unknown = {}, {}
    for name, form in PARTS.items():
        if name in fields:
            try:
                parts[name] = form.validate_json(fields[name], extra="forbid")
            except ValidationError as error:
                parts[name], unknown[name] = _read_part(form, _load(fields[name]), error, _DEFAULTS[name])
    return parts, unknown


def _read_part(
    form: TypeAdapter[Any], content: Any, error: ValidationError, defaults: Mapping[str, Any]
) -> tuple[object, Any]:
    """Return a part that is not wholly known, and what of its JSON is not: the whole where it is no object."""
    if not isinstance(content, dict):
        return form.validate_json(orjson.dumps(defaults)), content
    wrong = {each["loc"][0] for each in error.errors() if each["loc"]}
    known = {name: value for name, value in content.items() if name not in wrong}
    unknown = {name: value for name, value in content.items() if name in wrong}
    return form.validate_json(orjson.dumps({**defaults, **known})), unknown


def _read_progress(fields: _Record) -> tuple[Progress, Mapping[str, Any]]:
    """Return the counts, and those that are not known."""
    counts = _load(fields.get("counts", "{}"))
    written = {name: value for name, value in counts.items() if name != "phase"} if isinstance(counts, dict) else {}
    known = {name: value for name, value in written.items() if _is_count(name, value)}
    other = {name: value for name, value in written.items() if name not in known}
    return Progress(**known, phase=read_word(Phase, fields.get("phase", ""))), other


_COUNTS: Final[Collection[str]] = frozenset(each.name for each in fields_of(Progress)) - {"phase"}


def _is_count(name: str, value: object) -> bool:
    return name in _COUNTS and (type(value) is int or (value is None and name.endswith("_total")))


def _read_summary(fields: _Record) -> Summary:
    with suppress(ValueError):
        return from_json(orjson.loads(fields.get("summary", "{}")))
    return Summary()


def _read_dependencies(fields: _Record) -> tuple[str, ...]:
    found = _load(fields.get("depends_on", "[]"))
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _read_number(fields: _Record, name: str) -> int:
    return _read_or(0, int, fields.get(name, ""))


def _read_times(fields: _Record) -> Mapping[str, Any]:
    times = {name: _read_or(_EPOCH, parse_time, fields[name]) for name in TIMES if name in fields}
    return {"created": _EPOCH, "updated": _EPOCH, **times}


def _read_or(default: Value, read: Callable[[str], Value], text: str) -> Value:
    with suppress(ValueError, OverflowError, OSError):
        return read(text)
    return default


def _load(text: str) -> Any:
    """Return what JSON says; the text where it is none."""
    try:
        return orjson.loads(text)
    except ValueError:
        return text
