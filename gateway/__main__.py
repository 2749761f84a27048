"""Starts the gateway as a process of its own."""

from __future__ import annotations

import os
import sys

import uvloop

from gateway.app import create_app
from gateway.keys import API_DOCUMENT
from gateway.server.front import FRONT
from gateway.server.serving import serve
from shared.errors import GraphferryError, StoreTooNewError
from shared.logs import configure_logging
from shared.resources import open_resources
from shared.settings.process import PREFIX, Settings, SettingsError


async def _serve(settings: Settings) -> None:
    await serve(create_app(settings, open_resources(settings, service="graphferry-gateway")), settings)


def _print_document(settings: Settings) -> int:
    app = create_app(settings, open_resources(settings))
    sys.stdout.write(f"{app[API_DOCUMENT](app[FRONT].base).decode()}\n")
    return 0


def main() -> int:
    """Read the environment, serve, and return the exit code; with `--openapi` only print what /openapi.json answers."""
    try:
        settings = Settings.from_environ(os.environ)
        if sys.argv[1:] == ["--openapi"]:
            return _print_document(settings)
        configure_logging(settings.log_level, sys.stderr)
        uvloop.run(_serve(settings))
    except SettingsError as error:
        return _fail(f"the settings are wrong: {error}", code=2)
    except StoreTooNewError as error:
        return _fail(error.message, code=2)
    except GraphferryError as error:
        return _fail(error.message, code=5)
    except OSError as error:
        return _fail(f"{error.strerror or error}; choose other ports by {PREFIX}PORT, {PREFIX}METRICS_PORT.", code=1)
    return 0


def _fail(message: str, *, code: int) -> int:
    sys.stderr.write(f"graphferry gateway: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
