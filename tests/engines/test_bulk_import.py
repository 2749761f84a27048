"""Bulk exports are loaded by the servers' own importer, then judged as any other move."""

from __future__ import annotations

import math
import os
import shlex
import subprocess
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.engines.neo4j import Neo4jServer
from infra.engines.versions import CURRENT, LTS
from shared.adapters.neo4j.connection import open_connection
from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    PropertyValue,
    Time,
    ZonedDateTime,
)
from shared.jobs.record import Status
from shared.jobs.requests import FileFilter
from shared.settings.databases import DatabaseSettings
from tests.support.comparer import Place, compare, read_content
from tests.support.moves import Mover
from tests.support.stacks.databases import SeededNeo4j
from tests.support.stacks.engines import wipe_database

IMPORT_SECONDS = 300

TEXTS = [
    "",
    " a ",
    "a\nb\r\nc\rd",
    'back\\slash \\" "q" \\',
    "\x00\x01\x08\x0b\x0c\x1f",
    "\uffff\ufffe\ufeff",
    '"',
    ",",
]
VALUES: list[PropertyValue] = [
    *TEXTS,
    "\U0001f600\U0010ffff\x85\u2028",
    *(-(2**63), 2**63 - 1, 0, True, False),
    *(1.0, -0.0, math.nan, math.inf, -math.inf, 1e16, 5e-324, 1.7976931348623157e308),
    *(b"\x00\x7f\x80\xff", Date(19875), Date(-735_525), Date(3_663_382)),
    *(LocalTime(0), LocalTime(36_000 * 10**9 + 5), Time(0, 0), Time(86_399_999_999_999, -64_800)),
    *(LocalDateTime(-63_549_360_000, 1), LocalDateTime(316_516_204_800, 0)),
    *(OffsetDateTime(1_717_228_830, 0, 7200), OffsetDateTime(-63_549_360_000, 1, -64_800)),
    *(ZonedDateTime(seconds, 5, "Europe/Berlin") for seconds in (1_729_987_200, 1_729_990_800, 316_532_102_400)),
    *(ZonedDateTime(1_717_228_830, 0, zone) for zone in ("UTC", "GMT", "Etc/GMT+12", "Asia/Kathmandu")),
    *(Duration(14, 3, -1, 999_999_999), Duration(0, 0, 0, 0), Duration(-1, -2, 2**62, 5)),
    *(Point(4326, (12.5, 55.7)), Point(4979, (12.5, 55.7, -3.25)), Point(7203, (1e300, -5e-324))),
    Point(9157, (-0.0, 1.0, 1e16)),
    [*TEXTS],
    ["", ""],
    ["a"],
    [1, -(2**63)],
    [math.nan, -0.0, 1e16, math.inf],
    [True, False],
    [Date(0), Date(-735_525)],
    [LocalTime(0)],
    [Time(0, 3600), Time(0, 0)],
    [LocalDateTime(0, 5)],
    [Duration(0, 0, -1, 5), Duration(1, 1, 1, 0)],
    [OffsetDateTime(0, 0, 7200), OffsetDateTime(0, 0, 0)],
    [ZonedDateTime(0, 0, "Europe/Berlin"), ZonedDateTime(0, 0, "UTC")],
    [OffsetDateTime(0, 0, 7200), ZonedDateTime(0, 0, "Europe/Berlin")],
    [Point(7203, (1.0, 2.0)), Point(7203, (3.0, 4.0))],
]
NAMES = [
    *(
        "a:b",
        ":x",
        ":",
        "a}b",
        "a)b",
        'a"b',
        " ",
        "a,b",
        "a`b",
        "\x01",
        "日本",
        "ID",
        "LABEL",
        "a\\b",
        "\ufeff",
        "a;b|c",
    ),
    *("\x1f", "\x1e\ue000", "a b\t", "name:string", "\x85\u2028"),
]
TYPES = [":", 'a"b', "a,b", "a`b", " ", "\x1f", "two\nlines", "f(x)"]
"""Few: the importer takes its time for each file."""
NOT_CARRIED: Mapping[str, PropertyValue] = {
    "none": [],
    "empty": [""],
    "raw": b"",
    "early": Time(0, 7230),
    "odd": OffsetDateTime(0, 0, 7230),
    "old": ZonedDateTime(-5_364_662_400, 0, "Europe/Berlin"),
    "f(x)": 1,
    "{}": 1,
    "two\nlines": 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A server with applications to export, and a worker."""

    version: str
    settings: DatabaseSettings
    database: SeededNeo4j
    mover: Mover


@pytest.fixture(params=[(CURRENT, "neo4j_2026"), (LTS, "neo4j_526")], ids=[CURRENT, LTS])
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Source]:
    version, fixture = request.param
    settings: DatabaseSettings = request.getfixturevalue(fixture)
    wipe_database(settings)
    async with open_connection("left", settings) as connection:
        database = SeededNeo4j(connection)
        mover = Mover(data_dir=tmp_path / "data", sources={"left": database.source}, targets={})
        yield Source(version=version, settings=settings, database=database, mover=mover)


async def seed(database: SeededNeo4j) -> None:
    """Make `Full`, which CSV carries whole, and `Lossy`, which shares a node with it."""
    await database.add_node(["Application"], {"Name": "Full", "Version": "2.1.0", "Owner": "a\nb", "Tags": ["x", "y"]})
    values = {f"v{number}": value for number, value in enumerate(VALUES)}
    every = await database.add_node(["Full", "Every"], values)
    named = await database.add_node(["Full", *NAMES, "two\nlines", "f(x)", "{}"], dict.fromkeys(NAMES, 1))
    bare = await database.add_node(["Full"])
    twins = [await database.add_node(["Full", "Twin"], {"name": "twin"}) for _ in range(2)]
    shared = await database.add_node(["Full", "Lossy"], {"long": "a" * 2_200_000})
    await database.add_relationship(every, named, "HAS", values)
    await database.add_relationship(named, named, "LOOPS", dict.fromkeys(NAMES, "x"))
    for end, type_name in zip([bare, *twins, shared] * 2, TYPES, strict=True):
        await database.add_relationship(every, end, type_name)
    other = await database.add_node(["Lossy", "Lossy thing"], {"kept": "a", **NOT_CARRIED})
    await database.add_relationship(other, shared, "KNOWS", {"kept": ["b"], **NOT_CARRIED})


@contextmanager
def loaded(source: Source, archive: Path, folder: Path) -> Iterator[Neo4jServer]:
    """Follow the README into a new store, then start a server on that."""
    server = Neo4jServer(
        directory=folder / "server",
        version=source.version,
        password="secret-test",
        name=f"loaded {source.version}",
        heap_megabytes=512,
        is_short_lived=True,
    )
    (server.directory / "conf").mkdir(parents=True)
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder / "files")
    command = server.admin_command(*command_in((folder / "files" / "README.txt").read_text(), source.version))
    environ = {**os.environ, "NEO4J_HOME": str(server.directory), "NEO4J_CONF": str(server.directory / "conf")}
    ended = subprocess.run(
        command, cwd=folder / "files", env=environ, capture_output=True, text=True, timeout=IMPORT_SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    process = server.start()
    try:
        server.wait_until_ready(process)
        yield server
    finally:
        process.kill()


def command_in(readme: str, version: str) -> list[str]:
    """Take the README's short command on one version, the one in full on the other."""
    _, short, full = (part.partition("\n\n")[0] for part in readme.split("\n  neo4j-admin "))
    return shlex.split(short if version == LTS else full.replace("\\\n", " "))


def place(settings: DatabaseSettings, label: str) -> Place:
    password = settings.password.get_secret_value()
    return Place(uri=settings.uri, user=settings.user, password=password, label=label)


async def test_the_importer_makes_the_same_graph_of_an_export(source: Source, tmp_path: Path) -> None:
    await seed(source.database)

    job = await source.mover.export("Full", "Lossy", database="left", file_filter=FileFilter.ONPREMISES)
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert job.archive is not None

    with loaded(source, source.mover.folder / job.archive.name, tmp_path) as server:
        assert compare(place(source.settings, "Full"), place(server.settings, "Full")) == []
        assert compare(place(source.settings, "Lossy"), place(server.settings, "Lossy")) != []
        await remove_what_is_not_carried(source.database)
        assert compare(place(source.settings, "Lossy"), place(server.settings, "Lossy")) == []
        assert read_content(place(server.settings, "Lossy")).nodes.total() == 2
        await require_catalogue(server)


async def remove_what_is_not_carried(database: SeededNeo4j) -> None:
    for statement in (
        "MATCH (n:Lossy) WHERE n.kept IS NOT NULL SET n = {kept: n.kept}",
        "MATCH (:Lossy)-[r:KNOWS]->() SET r = {kept: r.kept}",
    ):
        await database.connection.run(statement)


async def require_catalogue(server: Neo4jServer) -> None:
    """Both applications are in the catalogue, the shared node is in the store once."""
    async with open_connection("right", server.settings) as connection:
        right = SeededNeo4j(connection)
        full, lossy = await right.source.list_applications()
        assert (full.name, full.label, full.version, full.kind) == ("Full", "Full", "2.1.0", "APPLICATION")
        assert dict(full.properties) == {"Owner": "a\nb", "Tags": ["x", "y"]}
        assert (lossy.name, lossy.label, lossy.version) == ("Lossy", "Lossy", None)
        assert await connection.run("MATCH (n:Full:Lossy) RETURN count(n)") == [[1]]
        nodes, _ = await right.count_everything()
        assert nodes == 2 + 7
