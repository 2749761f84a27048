"""The imaging dialect, for the table of all dialects."""

from __future__ import annotations

from typing import Final

from gateway.dialect import Dialect
from gateway.dialects.imaging.answers import ImagingError
from gateway.dialects.imaging.routes import list_imaging_routes
from gateway.dialects.imaging.views import form_imaging_error
from shared.jobs.record import Surface
from shared.settings.process import Settings


def _owns_path(path: str, settings: Settings) -> bool:
    return path.startswith(settings.imaging_base_path + "/")


IMAGING: Final = Dialect(
    surface=Surface.IMAGING,
    list_routes=list_imaging_routes,
    owns_path=_owns_path,
    form_error=form_imaging_error,
    error_model=ImagingError,
)
