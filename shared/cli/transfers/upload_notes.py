"""Remembers uploads that are under way, so that a later command goes on with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_OWNER_ONLY_FOLDER: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadNotes:
    """A small file for each upload, named by what is sent where."""

    folder: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> UploadNotes:
        """Find the folder: in XDG_STATE_HOME, else in ~/.local/state."""
        home = Path(environ.get("HOME") or Path.home())
        base = environ.get("XDG_STATE_HOME") or str(home / ".local" / "state")
        return cls(folder=Path(base) / "graphferry" / "uploads")

    def find(self, what: str) -> str | None:
        """Return the id of the upload that was begun with this."""
        try:
            return self._file(what).read_text()
        except FileNotFoundError:
            return None

    def put(self, what: str, upload: str) -> None:
        """Remember an upload."""
        self.folder.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        self._file(what).write_text(upload)

    def remove(self, what: str) -> None:
        """Forget it."""
        self._file(what).unlink(missing_ok=True)

    def _file(self, what: str) -> Path:
        return self.folder / hashlib.sha256(what.encode()).hexdigest()


def name_content(url: str, tenant: str | None, file: Path, name: str) -> str:
    """Say what is sent where: another gateway, another name, a file that has changed is another upload."""
    facts = file.stat()
    return "\n".join([url, tenant or "", str(file.resolve()), str(facts.st_size), str(facts.st_mtime_ns), name])
