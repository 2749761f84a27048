"""Serves moto's object store one request after another, so that its conditions hold however many come at once."""

from __future__ import annotations

import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple


def main(host: str, port: str) -> None:
    """Serve until killed."""
    run_simple(host, int(port), DomainDispatcherApplication(create_backend_app), threaded=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
