"""Brings an archive from this machine to the gateway, by tus 1.0."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from shared.archive_names import require_archive_name
from shared.cli.client.gateway import READING_SECONDS, Answer, Gateway
from shared.cli.client.retrying import repeat
from shared.cli.errors import AnswerError, CommandError, UnreachableError
from shared.cli.local_archives import require_file
from shared.cli.screen.bars import Bar, open_bar
from shared.cli.screen.text import size
from shared.cli.shell import Session
from shared.cli.transfers.hashing import find_facts, is_same, read_facts, require_same
from shared.cli.transfers.persistence import persist
from shared.cli.transfers.pieces import read_pieces
from shared.cli.transfers.upload_notes import UploadNotes, name_content
from shared.spelling import fold

_TUS: Final = {"Tus-Resumable": "1.0.0"}
_HELD: Final = frozenset({409, 423})
"""What tus answers while it still listens to a connection that was cut, or counts otherwise than we do."""
_GONE: Final = frozenset({403, 404, 410})
"""What tus answers about an upload that it no longer knows."""


async def upload(session: Session, notes: UploadNotes, file: Path, *, name: str | None) -> str:
    """Return the name that the archive has there: another one where the wanted one is taken.

    An upload that was cut off, by an earlier command too, goes on where it stopped; a file that is there already is not
    sent again. Raises: CommandError.
    """
    wanted = name_archive(file, name)
    display = session.display
    if await _has_arrived(session.gateway, file, wanted):
        display.say(f"{wanted} is there already, with the same content.")
        return wanted
    what = name_content(session.gateway.url, session.tenant, file, wanted)
    with open_bar(display, f"Uploading {wanted}", is_bytes=True) as bar:
        sending = _Sending(gateway=session.gateway, notes=notes, what=what, file=file, name=wanted, bar=bar)
        taken = await persist(sending.go_on, measure=lambda: sending.offset, display=display)
    facts = await read_facts(session.gateway, taken)
    await require_same(file, facts)
    notes.remove(what)
    display.say(f"Uploaded {taken}, {size(facts.bytes)}.")
    return taken


async def _has_arrived(gateway: Gateway, file: Path, name: str) -> bool:
    facts = await find_facts(gateway, name)
    return facts is not None and await is_same(file, facts)


def name_archive(file: Path, name: str | None) -> str:
    """Return the name that a file shall have there. Raises: UsageError, InvalidFileNameError."""
    return fold(require_archive_name(name or require_file(file).name))


@dataclass(slots=True, kw_only=True)
class _Sending:
    """An upload under way."""

    gateway: Gateway
    notes: UploadNotes
    what: str
    file: Path
    name: str
    bar: Bar
    offset: int = 0
    """Bytes that the gateway has."""
    _archive: str | None = None
    """What it has made of them, once they are all."""
    _total: int = field(init=False)

    def __post_init__(self) -> None:
        self._total = self.file.stat().st_size

    async def go_on(self) -> str:
        """Send what is missing; return the archive's name."""
        upload = await self._find()
        if self._archive is not None:  # the last answer was lost
            return self._archive
        return await self._send(upload or await self._begin())

    async def _send(self, upload: str) -> str:
        headers = {"Upload-Offset": str(self.offset), "Content-Type": "application/offset+octet-stream"}
        headers["Content-Length"] = str(self._total - self.offset)
        await self._ask("PATCH", upload, headers, data=read_pieces(self.file, self.offset, self._total, self.bar))
        if self._archive is None:
            raise CommandError("The gateway took the file, and made no archive of it.")
        return self._archive

    async def _ask(
        self, method: str, upload: str, headers: Mapping[str, str] = _TUS, data: AsyncIterator[bytes] | None = None
    ) -> None:
        """Learn how the upload stands. Raises: AnswerError, UnreachableError while it is not ours alone."""
        try:
            async with self.gateway.open(
                method, "uploads", upload, headers={**_TUS, **headers}, data=data, silence=READING_SECONDS
            ) as answer:
                self._learn(answer)
        except AnswerError as error:
            if error.status in _HELD:
                raise UnreachableError(error.message) from error
            raise

    def _learn(self, answer: Answer) -> None:
        self.offset = int(answer.headers["Upload-Offset"])
        if (name := answer.headers.get("Upload-Archive")) is not None:
            self._archive = unquote(name)

    async def _find(self) -> str | None:
        """Return the upload that was begun before, if the gateway still knows it."""
        if (upload := self.notes.find(self.what)) is None:
            return None
        try:
            await self._ask("HEAD", upload)
            return upload
        except AnswerError as error:
            if error.status not in _GONE:
                raise
        self.notes.remove(self.what)
        return None

    async def _begin(self) -> str:
        named = base64.b64encode(self.name.encode()).decode()
        headers = {**_TUS, "Upload-Length": str(self._total), "Upload-Metadata": f"filename {named}"}

        async def attempt() -> str:
            async with self.gateway.open("POST", "uploads", headers=headers) as answer:
                return answer.headers["Location"].rstrip("/").rpartition("/")[2]

        upload, self.offset = await repeat(attempt), 0
        self.notes.put(self.what, upload)
        return upload
