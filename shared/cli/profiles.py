"""The profiles that `login` stores: an address, a key, a tenant."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import orjson

from shared.cli.errors import UsageError

DEFAULT: Final = "default"
_OWNER_ONLY: Final = 0o600
_OWNER_ONLY_FOLDER: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How to reach a gateway as somebody."""

    url: str
    key: str = field(repr=False)
    tenant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The file of all profiles, readable by its owner alone."""

    file: Path

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Profiles:
        """Find the file: in XDG_CONFIG_HOME, else in ~/.config."""
        base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".config")
        return cls(file=Path(base) / "graphferry" / "profiles.json")

    def read(self) -> dict[str, Profile]:
        """Return all profiles by name. Raises: UsageError for a file that is none of ours."""
        try:
            content = orjson.loads(self.file.read_bytes())
            return {name: Profile(**fields) for name, fields in content.items()}
        except FileNotFoundError:
            return {}
        except (orjson.JSONDecodeError, AttributeError, TypeError) as error:
            raise UsageError(
                f"{self.file} is not a file of profiles: {error}; remove it, then log in again."
            ) from error

    def put(self, name: str, profile: Profile) -> None:
        """Store a profile under a name, in place of the one that it had."""
        self._write({**self.read(), name: profile})

    def remove(self, name: str) -> bool:
        """Forget a profile; return whether there was one."""
        profiles = self.read()
        known = profiles.pop(name, None) is not None
        if known:
            self._write(profiles)
        return known

    def _write(self, profiles: Mapping[str, Profile]) -> None:
        self.file.parent.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        content = orjson.dumps({name: asdict(each) for name, each in profiles.items()}, option=orjson.OPT_INDENT_2)
        part = self.file.with_suffix(f".{os.getpid()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        part.replace(self.file)
