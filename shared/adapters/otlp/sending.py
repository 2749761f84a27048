"""How spans go to the collector."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from typing_extensions import override

from shared.archive.manifest import TOOL_VERSION
from shared.settings.process import Settings

SEND_SECONDS: Final = 5.0
"""How long one batch may take, with all that is tried again."""

_LIBRARY: Final = "opentelemetry"
"""What its loggers begin with: our own line says once a minute what they say each time."""


class Session(requests.Session):
    """Sends by no proxy and with no password of the machine's, and keeps why the last sending failed."""

    def __init__(self, authorities: Path | None = None) -> None:
        """`authorities`: a file of those that may have signed the collector's certificate."""
        super().__init__()
        self._verify = True if authorities is None else str(authorities)
        self.trust_env = False
        self.trouble = ""
        """Why; empty where it has not."""

    @override
    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        # What the library reads from the environment for this is not ours, and the body of an answer may be endless.
        own = {"verify": self._verify, "cert": None, "stream": True, "allow_redirects": False}
        try:
            response = super().request(*args, **{**kwargs, **own})
            response.close()
        except (OSError, ValueError) as error:
            self.trouble = str(error)
            raise
        self.trouble = "" if response.ok and not response.is_redirect else f"{response.status_code} {response.reason}"
        if response.is_redirect:  # which the exporter would take for an answer
            raise requests.TooManyRedirects(self.trouble)
        return response


def open_exporter(settings: Settings, session: Session) -> OTLPSpanExporter:
    """Open what sends spans as settings say. Nothing is sent before its first use."""
    logging.getLogger(_LIBRARY).setLevel(logging.CRITICAL)
    return OTLPSpanExporter(
        endpoint=settings.tracing_endpoint,
        headers={
            "User-Agent": f"graphferry/{TOOL_VERSION}",  # without any, the library takes those of the environment
            **{name: value.get_secret_value() for name, value in settings.tracing_headers.items()},
        },
        timeout=SEND_SECONDS,
        compression=Compression.Gzip,
        session=session,
    )
