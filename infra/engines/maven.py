"""Downloads jars from Maven Central, once for all checkouts."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.console import begin, say
from infra.engines.cache import make_once
from infra.engines.process import EngineError

_NEEDED_MEGABYTES = 600
"""A server's jars take 200 MB; while they arrive, as much again."""

_MEBIBYTE = 1024**2

_SHOWN_STEP_MEGABYTES = 10


def download_server(version: str) -> Path:
    """Return a folder with the server's `jars/` and `modules/`. Raises: EngineError when it cannot be downloaded."""
    return _download_once(f"neo4j-{version}", f"Neo4j {version}", lambda part: _resolve(version, part))


def download_jars(name: str, coordinates: Sequence[str]) -> Path:
    """Return a folder of that name with just these jars, each `group:artifact:version`. Raises: EngineError."""
    return _download_once(name, name, lambda part: _fetch(coordinates, part))


def _download_once(name: str, what: str, fetch: Callable[[Path], Path]) -> Path:
    def download(part: Path) -> Path:
        _require_room(part.parent)
        begin(f"Downloading {what} into {part.parent} (the first time only)")
        with _failures_told(what):
            return fetch(part)

    return make_once(name, download)  # a jar that is cut short looks like any other


def _require_room(cache: Path) -> None:
    free = shutil.disk_usage(cache).free // _MEBIBYTE
    if free < _NEEDED_MEGABYTES:
        raise EngineError(f"Not enough disk space: {cache} has {free} MB free; {_NEEDED_MEGABYTES} are needed.")


def _resolve(version: str, part: Path) -> Path:
    import jgo.env  # noqa: PLC0415 - slow to import and needed the first time only

    builder = jgo.env.EnvironmentBuilder(
        context=_open_context(part), cache_dir=part, link_strategy=jgo.env.LinkStrategy.COPY
    )
    environment = builder.from_endpoint(f"org.neo4j.app:neo4j-server:{version}+org.neo4j:neo4j:{version}")
    return Path(environment.path)


def _fetch(coordinates: Sequence[str], part: Path) -> Path:
    context, jars = _open_context(part), part / "jars"
    jars.mkdir(parents=True)
    for group, artifact, version in (each.split(":") for each in coordinates):
        shutil.copy(context.project(group, artifact).at_version(version).artifact().resolve(), jars)
    return jars


def _open_context(part: Path) -> Any:
    import jgo.maven  # noqa: PLC0415

    resolver = jgo.maven.PythonResolver(progress_callback=_Progress().follow)
    return jgo.maven.MavenContext(repo_cache=part / "repository", resolver=resolver)


@contextmanager
def _failures_told(what: str) -> Iterator[None]:
    with _checksums_enforced():
        try:
            yield
        except (RuntimeError, ValueError, OSError) as error:  # what jgo raises, its HTTP errors being OSErrors
            raise EngineError(
                f"{what} could not be downloaded from Maven Central: {error}\n"
                "Check the network (a proxy is taken from HTTPS_PROXY), the version and the disk space, then try again."
            ) from error


class _Progress:
    """Says how much has arrived, now and then."""

    def __init__(self) -> None:
        self._bytes = 0
        self._said = 0

    @contextmanager
    def follow(self, _filename: str, _size: int) -> Iterator[Callable[[int], None]]:
        """Give what jgo calls with the length of each piece of a file."""
        yield self._add

    def _add(self, length: int) -> None:
        self._bytes += length
        megabytes = self._bytes // _MEBIBYTE
        if megabytes >= self._said + _SHOWN_STEP_MEGABYTES:
            self._said = megabytes
            say(f"  {megabytes} MB")


@contextmanager
def _checksums_enforced() -> Iterator[None]:
    """Raises: EngineError for a file whose checksum differs, of which jgo only warns."""
    warnings: list[str] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: warnings.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("jgo")
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
    if mismatches := [warning for warning in warnings if "Checksum mismatch" in warning]:
        raise EngineError(f"A download from Maven Central is damaged; try again. {'; '.join(mismatches)}")
