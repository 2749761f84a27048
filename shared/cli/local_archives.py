"""Opens archives of this machine, inspected whole, of any kind that an import takes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.archive.inspection.inspected_archive import InspectedArchive, open_inspected
from shared.cli.errors import CommandError, UsageError
from shared.errors import InvalidArchiveError


@dataclass(slots=True, kw_only=True)
class _TemporaryRoom:
    path: Path


@asynccontextmanager
async def _make_room() -> AsyncIterator[_TemporaryRoom]:
    with tempfile.TemporaryDirectory(prefix="graphferry-") as folder:
        path = Path(folder) / "translated.zip"
        path.touch()
        yield _TemporaryRoom(path=path)


def require_file(file: Path) -> Path:
    """Raise UsageError where there is no such file."""
    if not file.is_file():
        raise UsageError(f"There is no file {file}.")
    return file


@asynccontextmanager
async def open_archive(file: Path) -> AsyncIterator[InspectedArchive]:
    """Inspect a file as an import would. Raises: UsageError where there is none, CommandError where it is refused."""
    require_file(file)
    try:
        async with open_inspected(file, name=file.name, make_room=_make_room) as inspected:
            yield inspected
    except InvalidArchiveError as error:
        raise CommandError(f"{file} is refused: {error.message} ({error.code})", details=error.details) from error
