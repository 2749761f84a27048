"""The native dialect, for the table of all dialects."""

from __future__ import annotations

from typing import Final

from gateway.dialect import Dialect
from gateway.dialects.native.problems import PROBLEM_TYPE, Problem, form_problem
from gateway.dialects.native.routes import list_native_routes
from shared.jobs.record import Surface

NATIVE: Final = Dialect(
    surface=Surface.NATIVE,
    list_routes=lambda _: list_native_routes(),
    owns_path=lambda _path, _settings: True,
    form_error=form_problem,
    error_model=Problem,
    error_media_type=PROBLEM_TYPE,
)
