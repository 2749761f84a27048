"""What the server knows of the application: its places, and how it answers what never becomes a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from gateway.server.places import Places
from shared.errors import GraphferryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Stands before the application."""

    places: Places
    answer: Callable[[GraphferryError], web.Response]
    """Makes the answer to somebody of whom no request is known; its connection is closed."""
    reader_seconds: float
    """How long nothing of an answer may be taken at the other end."""
    refused: set[object] = field(default_factory=set)
    """The connections without a place that are still to be told so."""
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the gateway stops: from then on each answer is the last one of its connection."""


GUARD = web.AppKey("GUARD", Guard)
