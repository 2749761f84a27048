"""Reads server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event of a stream."""

    name: str
    data: str
    id: str
    """The last that the stream named; from here a later stream goes on."""


async def read_events(chunks: AsyncIterable[bytes]) -> AsyncIterator[ServerEvent]:
    """Give the events of a stream; comments are passed over, an event that was cut off is too."""
    fields: dict[str, list[str]] = {}
    last_id = ""
    async for text in _lines(chunks):
        if text:
            name, _, value = text.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
            continue
        last_id = fields.get("id", [last_id])[-1]
        if "data" in fields:
            name = fields.get("event", ["message"])[-1]
            yield ServerEvent(name=name, data="\n".join(fields["data"]), id=last_id)
        fields = {}


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncIterator[str]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").rstrip("\r")
