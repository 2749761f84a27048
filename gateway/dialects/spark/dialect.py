"""The spark dialect, for the table of all dialects."""

from __future__ import annotations

import re
from typing import Final

from gateway.dialect import Dialect
from gateway.dialects.spark.answers import ServiceError
from gateway.dialects.spark.routes import list_spark_routes
from gateway.dialects.spark.views import form_spark_error
from shared.jobs.record import Surface

_SPARK_PATH: Final = re.compile(r"/(?:[^/]+/){1,2}api/v4(?:/|$)|/files/|/auth/realms/")

SPARK: Final = Dialect(
    surface=Surface.SPARK,
    list_routes=lambda settings: list_spark_routes(settings.environment),
    owns_path=lambda path, _: _SPARK_PATH.match(path) is not None,
    form_error=form_spark_error,
    error_model=ServiceError,
)
