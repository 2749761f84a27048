"""One dialect of the API: its routes, its paths, and the form of its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.doc import JSON
from gateway.error_facts import ErrorFacts
from gateway.route import Route
from shared.jobs.record import Surface
from shared.settings.process import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """All that the rest of the gateway knows of a dialect."""

    surface: Surface
    list_routes: Callable[[Settings], Sequence[Route]]
    owns_path: Callable[[str, Settings], bool]
    """Whether errors at this path have the dialect's form although no route has the path."""
    form_error: Callable[[ErrorFacts], Mapping[str, Any]]
    """Returns the body of an error, to be sent as JSON."""
    error_model: Any
    """What `form_error` returns, as a TypedDict for the document of the API."""
    error_media_type: str = JSON
    challenges: tuple[str, ...] = ("Bearer",)
    """The schemes of credentials that a 401 asks for."""
