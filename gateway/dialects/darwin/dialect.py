"""The darwin dialect, for the table of all dialects."""

from __future__ import annotations

from typing import Final

from gateway.dialect import Dialect
from gateway.dialects.darwin.answers import ImportAnswer
from gateway.dialects.darwin.base import BASE_PATH
from gateway.dialects.darwin.routes import list_darwin_routes
from gateway.dialects.darwin.views import form_darwin_error
from shared.jobs.record import Surface

DARWIN: Final = Dialect(
    surface=Surface.DARWIN,
    list_routes=lambda _: list_darwin_routes(),
    owns_path=lambda path, _: path.startswith(BASE_PATH + "/"),
    form_error=form_darwin_error,
    error_model=ImportAnswer,
    # Some scripts send Basic credentials only when they are asked for; a browser would ask its user for them.
    challenges=("Basic", "Bearer"),
)
