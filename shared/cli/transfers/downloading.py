"""Brings an archive from the gateway to this machine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import IO

from shared.cli.client.gateway import READING_SECONDS
from shared.cli.errors import CommandError, UsageError
from shared.cli.screen.bars import Bar, open_bar
from shared.cli.shell import Session
from shared.cli.transfers.hashing import StoredContent, read_facts, require_same
from shared.cli.transfers.persistence import persist


async def download(session: Session, name: str, target: Path, *, replaces: bool) -> None:
    """Write an archive to a file, which appears only when it is whole and its hash is right.

    A download that was cut off goes on where it stopped. Raises: CommandError.
    """
    require_free(target, replaces=replaces)
    facts = await read_facts(session.gateway, name)
    part = target.with_name(f".{target.name}.{facts.sha256[:16]}.part")
    with open_bar(session.display, f"Downloading {name}", is_bytes=True) as bar:
        await persist(
            lambda: _fetch(session, name, facts, part, bar), measure=lambda: _size(part), display=session.display
        )
    try:
        await require_same(part, facts)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _give_name(part, target, replaces=replaces)


def require_free(target: Path, *, replaces: bool) -> None:
    """Refuse early what would fail at the end. Raises: UsageError."""
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file in it.")
    if target.exists() and not replaces:
        raise UsageError(f"{target} exists already; --force replaces it.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


async def _fetch(session: Session, name: str, facts: StoredContent, part: Path, bar: Bar) -> None:
    """Append what is missing; of a file that changed meanwhile the whole."""
    done = _size(part)
    if done == facts.bytes:
        return
    # A whole could be elsewhere, where our credentials must not go.
    headers = {"Range": f"bytes={done}-", "If-Range": facts.etag}
    async with session.gateway.open("GET", "archives", name, headers=headers, silence=READING_SECONDS) as answer:
        is_rest = answer.status == 206
        done = done if is_rest else 0
        with _open(part, "ab" if is_rest else "wb") as file:
            async for chunk in answer.chunks():
                _write(file, chunk)
                done += len(chunk)
                bar.move(done, facts.bytes)


def _open(part: Path, mode: str) -> IO[bytes]:
    try:
        return part.open(mode, buffering=0)
    except OSError as error:
        raise CommandError(f"{part} cannot be written: {error.strerror}") from error


def _write(file: IO[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise CommandError(f"{file.name} cannot be written: {error.strerror}") from error


def _give_name(part: Path, target: Path, *, replaces: bool) -> None:
    if replaces:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError as error:
        raise UsageError(f"{target} exists already; --force replaces it.") from error
    except OSError:  # a file system without links
        part.replace(target)
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
