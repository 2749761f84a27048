"""The rooms as processes: how a gateway or a worker is started."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import orjson

from infra.engines.process import Process, start_process
from shared.settings.given_files import SUFFIX
from shared.settings.process import PREFIX, Settings


def room_starter(
    name: str,
    program: Sequence[str],
    *,
    settings: Settings,
    environ: Mapping[str, str],
    checkout: Path,
    metrics_port: int,
) -> Callable[[], Process]:
    """Return what starts Python with the program; the name is in the command line, where people look for it."""
    variables = {**merge_environ(environ, _own_settings(settings, name)), f"{PREFIX}METRICS_PORT": str(metrics_port)}
    return partial(
        start_process,
        name,
        [sys.executable, "-X", f"graphferry={name}", *program],
        log=settings.data_dir / "console" / f"{name}.log",
        environ=variables,
        folder=checkout,
    )


def _own_settings(settings: Settings, name: str) -> Settings:
    """Give the room a folder of its own where archives are in a bucket: nothing has to be shared then."""
    if settings.bucket is None:
        return settings
    folder = settings.data_dir / "rooms" / name
    return settings.model_copy(update={"data_dir": folder, "scratch_dir": settings.scratch_dir or folder / "scratch"})


def merge_environ(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Put what a stack decides over the user's variables, and in the place of files that hold a secret of it."""
    decided = format_environ(settings)
    files = {f"{name}{SUFFIX.upper()}" for name in decided}
    return {**{name: value for name, value in environ.items() if name not in files}, **decided}


def format_environ(settings: Settings) -> dict[str, str]:
    """Write down what a stack decides, as the variables that `Settings.from_environ` reads."""
    databases = {name: database.reveal() for name, database in settings.databases.items()}
    scratch = {} if settings.scratch_dir is None else {f"{PREFIX}SCRATCH_DIR": str(settings.scratch_dir)}
    return {
        **scratch,
        f"{PREFIX}ARCHIVES": settings.archives or "",
        f"{PREFIX}INSTALLATION": settings.installation,
        f"{PREFIX}VALKEY_URL": settings.valkey_url,
        f"{PREFIX}DATA_DIR": str(settings.data_dir),
        f"{PREFIX}DATABASES": orjson.dumps(databases).decode(),
        f"{PREFIX}PORT": str(settings.port),
    }
