"""Where in a distributed trace something stands: W3C Trace Context, as headers bring it and as records keep it.

What a header brings is anybody's word: it ties lines and spans together, and opens nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_STATE: Final = 512
"""Characters of a trace state that is passed on; a longer one is left out."""

_MOST_MEMBERS: Final = 32

_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16

_PARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_FIRST_VERSION: Final = "00"
_NO_VERSION: Final = "ff"
_SAMPLED: Final = 1

_KEY: Final = r"(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
_VALUE: Final = r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
_MEMBER: Final = re.compile(f"({_KEY})={_VALUE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContext:
    """A trace, and the span in it that whatever comes next belongs to."""

    trace_id: str
    """32 digits of hexadecimal."""
    span_id: str = ""
    """16 digits; empty where the trace begins and no span stands for that."""
    is_sampled: bool = True
    """Whether whoever began the trace keeps it; says nothing where no span is named."""
    state: str = ""
    """What vendors of tracing say of it to each other, as their header has it."""


def begin_trace() -> TraceContext:
    """Begin a trace."""
    return TraceContext(trace_id=os.urandom(16).hex())


def read_headers(parents: Sequence[str], states: Sequence[str]) -> TraceContext | None:
    """Read all headers `traceparent` and `tracestate` of a request; None where they name no trace.

    An odd `traceparent`, or several, count as none; an odd `tracestate` is left out.
    """
    if len(parents) != 1:
        return None
    found = _PARENT.fullmatch(parents[0])
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == _NO_VERSION or (version == _FIRST_VERSION and more is not None):
        return None
    if trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return TraceContext(
        trace_id=trace_id, span_id=span_id, is_sampled=bool(int(flags, 16) & _SAMPLED), state=_read_state(states)
    )


def _read_state(states: Sequence[str]) -> str:
    """Return the state in one line; nothing where it is too long or malformed: a part of it would mislead."""
    if sum(map(len, states)) > MOST_STATE:
        return ""
    members = [each.strip(" \t") for line in states for each in line.split(",")]
    found = [_MEMBER.fullmatch(each) for each in members if each]
    keys = {each[1] for each in found if each is not None}
    if len(keys) < len(found) or len(found) > _MOST_MEMBERS:
        return ""
    return ",".join(each[0] for each in found if each is not None)


def format_parent(context: TraceContext) -> str:
    """Give the context, but for its state, in the form of `traceparent`; zeros stand for a span that there is none."""
    return f"{_FIRST_VERSION}-{context.trace_id}-{context.span_id or _NO_SPAN}-{int(context.is_sampled):02x}"


def parse_parent(text: str | None, state: str | None) -> TraceContext | None:
    """Read what `format_parent` gave; None for anything else: a record is never refused for its trace."""
    found = _PARENT.fullmatch(text or "")
    if found is None or found[2] == _NO_TRACE:
        return None
    span_id = "" if found[3] == _NO_SPAN else found[3]
    return TraceContext(
        trace_id=found[2], span_id=span_id, is_sampled=bool(int(found[4], 16) & _SAMPLED), state=state or ""
    )
