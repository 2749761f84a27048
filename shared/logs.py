"""Logs as JSON Lines: one stream for the process, one log for each job.

A line is an object: time (UTC), level, event, then the fields. JSON escapes whatever names users chose.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from shared.errors import InvalidJobIdError
from shared.ports.job_logs import JobLogs, LogName, WriteLine
from shared.settings.process import Settings

LOG_ENDING = ".jsonl"
"""Of the files of jobs' logs, which are called by their jobs."""

QUIET_LIBRARIES = ("arq", "redis", "neo4j", "aiohttp.access")
"""They tell at INFO what our own lines tell better."""


MISLEADING = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What JSON lets stand, but breaks lines, commands terminals or turns text around."""


def render(_: WrappedLogger, __: str, fields: EventDict) -> str:
    """Write a line, with what every line has first."""
    line = {"time": fields.pop("time"), "level": fields.pop("level"), "event": fields.pop("event"), **fields}
    try:
        text = orjson.dumps(line, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # Lone surrogates and numbers beyond 64 bits are in JSON's power, not in orjson's.
        return json.dumps(line, default=repr)
    return MISLEADING.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_TRACE: ContextVar[str] = ContextVar("_TRACE", default="")


@contextmanager
def naming_trace(trace_id: str) -> Iterator[None]:
    """Let each line of this process that is written within the context, or by a task begun in it, name the trace."""
    token = _TRACE.set(trace_id)
    try:
        yield
    finally:
        _TRACE.reset(token)


def _add_trace(_: WrappedLogger, __: str, fields: EventDict) -> EventDict:
    if trace_id := _TRACE.get():
        fields.setdefault("trace_id", trace_id)
    return fields


_STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
_FIELDS = (structlog.processors.add_log_level, _STAMP, structlog.processors.format_exc_info)


def configure_logging(level: str, stream: TextIO) -> None:
    """Send this process's lines, and those of its libraries, to the stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_add_trace, *_FIELDS], processors=[ProcessorFormatter.remove_processors_meta, render]
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[_add_trace, *_FIELDS, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        # Not through the standard library's loggers, which cost more than all the rest of a line.
        logger_factory=structlog.WriteLoggerFactory(stream),
    )


def log_name(job_id: str) -> str:
    """Give the file name of a job's log."""
    return job_id + LOG_ENDING


def require_segments(tenant: str, job_id: str) -> None:
    """Make sure that both can be part of a log's path. Raises: InvalidJobIdError for what is not one path segment."""
    for segment in (tenant, job_id):
        if segment in {"", ".", ".."} or "\0" in segment or Path(segment).name != segment:
            raise InvalidJobIdError(f"{segment!r} cannot be part of a log's path.")


def log_path(settings: Settings, tenant: str, job_id: str) -> Path:
    """Give the place of a job's log in the data folder. Raises: InvalidJobIdError for what is not one path segment."""
    require_segments(tenant, job_id)
    return settings.logs_dir / tenant / log_name(job_id)


@asynccontextmanager
async def open_job_log(logs: JobLogs, tenant: str, job_id: str) -> AsyncIterator[FilteringBoundLogger]:
    """Open a job's own log for appending. What keeps it may be full, broken or away: that costs lines, never the job.

    Raises: InvalidJobIdError.
    """
    async with logs.write(LogName(tenant=tenant, job_id=job_id)) as write:
        yield structlog.wrap_logger(
            _JobLines(write),
            processors=[*_FIELDS, render],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            cache_logger_on_first_use=True,
        )


class _JobLines:
    """What a logger calls with rendered lines, whatever their level."""

    def __init__(self, write: WriteLine) -> None:
        self.msg = self.debug = self.info = self.warning = self.error = self.critical = self.exception = write
        self.log = write
