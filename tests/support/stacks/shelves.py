"""Looks at archives where they are kept, around the gateways: in a folder, or in a bucket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.buckets import BucketView

_OWN = ("upload", "copy")
"""What the names of archives begin with that go with their jobs."""


class Shelf(Protocol):
    """Where a tenant's archives are."""

    def list_names(self) -> list[str]:
        """Give the names that a person sees there, sorted."""
        ...

    def list_all(self) -> list[str]:
        """Give also what is not an archive yet, or belongs to one."""
        ...

    def read(self, name: str) -> bytes: ...

    def write(self, name: str, content: bytes) -> None: ...

    def remove(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """A folder."""

    path: Path

    def list_names(self) -> list[str]:
        return [each for each in self.list_all() if not each.startswith(".")]

    def list_all(self) -> list[str]:
        return sorted(each.name for each in self.path.iterdir()) if self.path.exists() else []

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.path / name).unlink()


@dataclass(frozen=True, slots=True)
class BucketShelf:
    """What keys of a bucket begin with."""

    bucket: BucketView
    tenant: str

    def list_names(self) -> list[str]:
        beginning = self._key("")
        return [each.key.removeprefix(beginning) for each in self.bucket.list_objects(beginning)]

    def list_all(self) -> list[str]:
        return [*self.list_names(), *_find_unfinished(self.bucket, f"{self.tenant}/")]

    def _key(self, name: str) -> str:
        return f"archives/{self.tenant}/{name}"

    def read(self, name: str) -> bytes:
        return self.bucket.read(self._key(name))

    def write(self, name: str, content: bytes) -> None:
        self.bucket.write(self._key(name), content)

    def remove(self, name: str) -> None:
        self.bucket.remove(self._key(name))


def find_rests(place: Path | BucketView) -> list[str]:
    """Say what jobs left there, in whatever tenant's place: what is no archive, and those that go with their jobs."""
    if isinstance(place, Path):
        files = [*place.glob("[!.]*/.*"), *(each for kind in _OWN for each in place.glob(f"*/{kind}-*"))]
        return [str(each) for each in files]
    own = [
        each.key
        for each in place.list_objects("archives/")
        if each.key.rpartition("/")[2].startswith(tuple(f"{kind}-" for kind in _OWN))
    ]
    return [*own, *_find_unfinished(place, "")]


def _find_unfinished(bucket: BucketView, beginning: str) -> list[str]:
    proofs = [each.key for each in bucket.list_objects(f"proofs/{beginning}")]
    return [*proofs, *(f"{each.key}, in parts" for each in bucket.list_multiparts(f"archives/{beginning}"))]
