"""Server-sent events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from gateway.bodies.responses import to_json

MEDIA_TYPE: Final = "text/event-stream"

HEARTBEAT_SECONDS: Final = 15.0
"""How long a stream is silent at most: proxies close what is silent longer, and a caller who left shows."""

LIFE_SECONDS: Final = 3600.0
"""How long a stream lasts: then its caller shows good credentials anew."""

_BEGINNING: Final = b"retry: 2000\n\n"
_HEARTBEAT: Final = b": still here\n\n"


class EventStream:
    """An answer that goes on."""

    def __init__(self, response: web.StreamResponse) -> None:
        self._response = response

    async def send(self, event: str, event_id: str, content: Mapping[str, Any]) -> None:
        """Send an event. Raises: ConnectionError for a caller who left, or does not read."""
        head = f"id: {event_id}\nevent: {event}\ndata: ".encode()
        await self._response.write(head + to_json(content) + b"\n\n")

    async def beat(self) -> None:
        """Show that the stream lives. Raises: as send."""
        await self._response.write(_HEARTBEAT)


async def open_stream(request: web.Request) -> tuple[web.StreamResponse, EventStream]:
    """Send the head of the answer."""
    response = web.StreamResponse(headers={"Content-Type": MEDIA_TYPE, "X-Accel-Buffering": "no"})
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(_BEGINNING)
    return response, EventStream(response)
