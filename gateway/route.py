"""One row of the table of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from aiohttp import web

from gateway.doc import Doc
from shared.identity import Role
from shared.jobs.record import Surface

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Endpoint: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access(StrEnum):
    """What a caller must show before an endpoint is called."""

    PUBLIC = "public"
    """Nothing."""
    USER = "user"
    """Good credentials."""
    TENANT = "tenant"
    """Good credentials, and a tenant to act for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A row of the table."""

    method: str
    path: str
    name: str
    endpoint: Endpoint
    doc: Doc
    """How the document of the API describes it."""
    access: Access = Access.TENANT
    roles: frozenset[Role] = frozenset()
    """Any of these is needed; empty: none is."""
    all_roles: frozenset[Role] = frozenset()
    """Each of these is needed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What every answer says, errors too."""
    surface: Surface = Surface.NATIVE
    """Whose form its errors have."""
    is_polled: bool = False
    """Whether clients ask again and again: good answers are then told at DEBUG only, not to fill the log."""
    is_download: bool = False
    """Whether an archive goes out, which the audit log tells as it tells changes."""
    drains: bool = False
    """Whether an error waits for the request's whole body: clients that send all of it first would miss it."""

    @property
    def is_audited(self) -> bool:
        """Whether each request has its line in the audit log."""
        return self.is_download or self.method not in _READING
