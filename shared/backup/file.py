"""The form of a backup: JSON Lines in gzip. The first says what it is, the last what must have come before."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import orjson

from shared.concurrency.stoppable import go_on, in_thread
from shared.errors import ConflictError, InvalidBackupError, NotFoundError
from shared.full_volumes import disk_full_named
from shared.ports.backups import IdentityEntry, StoredKey

FORMAT: Final = 1
"""A later one is refused."""

_AT_ONCE: Final = 50
_LEVEL: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a backup is of."""

    format: int
    tool: str
    installation: str
    time: str
    """By the store's clock, in ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedArchive:
    """An archive that was there."""

    tenant: str
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is in a backup."""

    identity: int
    keys: int
    jobs: int
    archives: int


Item: TypeAlias = IdentityEntry | StoredKey | ListedArchive
_Item = TypeVar("_Item", IdentityEntry, StoredKey, ListedArchive)

_JOB: Final = b"job:"


def find_job(key: StoredKey) -> str | None:
    """Return the id of the job whose record this key is."""
    return key.name.removeprefix(_JOB).decode() if key.name.startswith(_JOB) else None


class _Tally:
    """What has been written, or read, so far."""

    def __init__(self) -> None:
        self._numbers = {IdentityEntry: 0, StoredKey: 0, ListedArchive: 0}
        self._jobs = 0
        self._digest = hashlib.sha256()

    def add_line(self, line: bytes) -> None:
        self._digest.update(line)

    def add(self, item: Item) -> None:
        self._numbers[type(item)] += 1
        if isinstance(item, StoredKey) and find_job(item) is not None:
            self._jobs += 1

    @property
    def counts(self) -> Counts:
        numbers = self._numbers
        return Counts(
            identity=numbers[IdentityEntry],
            keys=numbers[StoredKey],
            jobs=self._jobs,
            archives=numbers[ListedArchive],
        )

    @property
    def end(self) -> Mapping[str, Any]:
        """The last line."""
        return {"kind": "end", **asdict(self.counts), "sha256": self._digest.hexdigest()}


# --- writing ------------------------------------------------------------------------------------------------


class BackupWriter:
    """Writes line by line."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self._tally = _Tally()

    def begin(self, header: Header) -> None:
        """Write the first line."""
        self._write({"kind": "header", **asdict(header)})

    def add(self, items: Sequence[Item]) -> None:
        """Write a line for each."""
        for each in items:
            self._write(_format(each))
            self._tally.add(each)

    def end(self) -> Counts:
        """Write the last line."""
        self._file.write(orjson.dumps(self._tally.end, option=orjson.OPT_APPEND_NEWLINE))
        return self._tally.counts

    def _write(self, fields: Mapping[str, Any]) -> None:
        line = orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
        self._tally.add_line(line)
        self._file.write(line)


def _format(item: Item) -> Mapping[str, Any]:
    match item:
        case IdentityEntry():
            return {"kind": "identity", **asdict(item)}
        case ListedArchive():
            return {"kind": "archive", **asdict(item)}
        case StoredKey():
            value = b64encode(item.value).decode()
            return {"kind": "key", "name": item.name.decode("latin-1"), "value": value, "ttl_ms": item.ttl_ms}


@contextmanager
def new_backup(path: Path, *, force: bool) -> Iterator[BackupWriter]:
    """Open a new file beside the place, which it gets when it is whole and on disk.

    Raises: ConflictError where a file is there that may not be replaced; NotFoundError, DiskFullError.
    """
    _require_free(path, force=force)
    with disk_full_named(lambda error: f"The volume of {path} is full ({error.strerror}): make room, then try again."):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as raw:
                with gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=raw, mtime=0) as file:
                    yield BackupWriter(file)
                raw.flush()
                os.fsync(raw.fileno())
            _require_free(path, force=force)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _require_free(path: Path, *, force: bool) -> None:
    if not path.parent.is_dir():
        raise NotFoundError(f"There is no folder {str(path.parent)!r} for the backup: make it, or name another file.")
    if path.is_dir():
        raise ConflictError(f"{str(path)!r} is a folder: name a file.")
    if not force and os.path.lexists(path):
        raise ConflictError(f"There is a file {str(path)!r} already: name another, or replace it with --force.")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- reading ------------------------------------------------------------------------------------------------


async def check_backup(path: Path) -> tuple[Header, Counts]:
    """Read a backup once through. Raises: InvalidBackupError where it is not whole, or of a later format."""
    return await in_thread(lambda: _check(path))


def _check(path: Path) -> tuple[Header, Counts]:
    tally, header, end, number = _Tally(), None, None, 0
    for number, line in enumerate(_read_lines(path), 1):
        if end is not None:
            raise _damaged(path, number, "it stands behind the last one")
        fields = _read_fields(path, number, line)
        if header is None:
            header = _read_header(path, fields)
        elif fields["kind"] == "end":
            end = fields
            continue
        else:
            tally.add(_parse(path, number, fields))
        tally.add_line(line)
    if header is None or end is None:
        raise _truncated(path)
    if end != tally.end:
        raise _damaged(path, number, f"it promises {_tell(end)}, but what was read is {_tell(tally.end)}")
    return header, tally.counts


async def read_batches(path: Path, sort: type[_Item]) -> AsyncIterator[Sequence[_Item]]:
    """Give all items of one sort, some at once. Raises: InvalidBackupError."""
    with closing(_read_items(path, sort)) as items:
        while batch := await in_thread(lambda: list(islice(items, _AT_ONCE))):
            yield batch


def _read_items(path: Path, sort: type[_Item]) -> Generator[_Item, None, None]:
    for number, line in enumerate(_read_lines(path), 1):
        fields = _read_fields(path, number, line)
        if fields["kind"] == _KINDS[sort]:
            item = _parse(path, number, fields)
            assert isinstance(item, sort)  # noqa: S101 - for the type checker
            yield item


def _read_lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                go_on()
                yield line
    except EOFError as error:
        raise _truncated(path) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        message = f"{str(path)!r} is damaged, or no backup at all ({error}): take another one."
        raise InvalidBackupError(message) from error


def _read_fields(path: Path, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _damaged(path, number, f"it is not JSON: {error}") from error
    if not isinstance(fields, dict) or "kind" not in fields:
        raise _damaged(path, number, "it does not say what it is")
    return fields


def _read_header(path: Path, fields: Mapping[str, Any]) -> Header:
    found = fields.get("format")
    if fields["kind"] != "header" or not isinstance(found, int):
        raise InvalidBackupError(f"{str(path)!r} is no backup: its first line is no header of one.")
    if found > FORMAT:
        raise InvalidBackupError(
            f"{str(path)!r} is of format {found}, made by Graphferry {fields.get('tool')}; this version reads format "
            f"{FORMAT}: restore it with that version or a newer one."
        )
    try:
        return Header(**{name: fields[name] for name in Header.__dataclass_fields__})
    except KeyError as error:
        raise _damaged(path, 1, f"it lacks {error}") from error


def _parse(path: Path, number: int, fields: Mapping[str, Any]) -> Item:
    given = {name: value for name, value in fields.items() if name != "kind"}
    try:
        match fields["kind"]:
            case "identity":
                return IdentityEntry(**given)
            case "archive":
                return ListedArchive(**given)
            case "key":
                name, value = given["name"].encode("latin-1"), b64decode(given["value"], validate=True)
                return StoredKey(name=name, value=value, ttl_ms=int(given["ttl_ms"]))
            case other:
                raise _damaged(path, number, f"nothing here is called {other!r}")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, number, repr(error)) from error


_KINDS: Final[Mapping[type, str]] = {IdentityEntry: "identity", StoredKey: "key", ListedArchive: "archive"}


def _tell(end: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in end.items() if name != "kind")


def _damaged(path: Path, number: int, reason: str) -> InvalidBackupError:
    return InvalidBackupError(f"{str(path)!r} is damaged at line {number}: {reason}. Take another backup.")


def _truncated(path: Path) -> InvalidBackupError:
    return InvalidBackupError(f"{str(path)!r} is truncated: its end is missing. Take another backup.")
