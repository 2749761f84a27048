"""Foreign archives imported into a database, and what of them arrived."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.jobs.record import Job
from shared.jobs.requests import ConflictAction
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench
from tests.support.archives.making import typed

NAME = "Theirs"
"""One name for all, each in place of the one before: then a server plans its statements once."""

Identity = TypeVar("Identity", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Told:
    """A graph without the identities of its nodes, in one order, comparable to the bit."""

    nodes: list[str]
    relationships: list[str]


def tell(
    nodes: Iterable[tuple[Identity, Iterable[str], Mapping[str, Any]]],
    relationships: Iterable[tuple[Identity, Identity, str, Mapping[str, Any]]],
) -> Told:
    """Tell nodes (id, labels, properties) and relationships (start, end, type, properties)."""
    names = {identity: repr((sorted(labels), _sorted(values))) for identity, labels, values in nodes}
    ends = [(names[start], names[end], kind, _sorted(values)) for start, end, kind, values in relationships]
    return Told(sorted(names.values()), sorted(map(repr, ends)))


def _sorted(values: Mapping[str, Any]) -> list[tuple[str, object]]:
    return sorted((key, typed(value)) for key, value in values.items())


async def arrive(bench: Bench, content: bytes, *, file: str = "theirs.zip") -> Job:
    """Import an archive in place of the one before."""
    bench.mover.folder.mkdir(parents=True, exist_ok=True)
    (bench.mover.folder / file).write_bytes(content)
    return await bench.mover.import_archive(
        file, database="right", import_as=NAME, on_conflict=ConflictAction.OVERWRITE
    )


async def read_arrived(bench: Bench) -> Told:
    """Tell what the database holds of it."""
    source = bench.right.source
    nodes = [row async for rows in source.read_nodes(NAME, batch_size=100) for row in rows]
    relationships = [row[1:] async for rows in source.read_relationships(NAME, batch_size=100) for row in rows]
    return tell(nodes, relationships)


def warnings_of(job: Job) -> list[str]:
    """Return what a job warned of."""
    return list(to_json(job.summary)["warnings"])
