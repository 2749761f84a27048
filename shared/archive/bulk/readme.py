"""The README of a bulk export: how to load it, what it could not carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.archive.bulk.application import BulkApplication
from shared.archive.bulk.tables import BulkTable, TableSort
from shared.graph import SchemaEntry

README_ENTRY: Final = "README.txt"
ARGUMENTS_ENTRY: Final = "arguments.txt"
_DEFAULT_BUFFER_CHARACTERS: Final = 4 * 1024**2
"""What the importer reads a row into, unless told otherwise."""

_START: Final = """\
These are CSV files for the offline bulk importer of Neo4j: neo4j-admin database import.
They come from the database {database!r} of a Neo4j {engine}.

HOW TO LOAD THEM

The importer of Neo4j 5.26 takes the same command as that of Neo4j 2026. It makes a new database while the server is
stopped. Put this folder on the server's machine, go into it, then run

  neo4j-admin database import full neo4j @arguments.txt

or the same in full:

{command}

A server that was started before has the database neo4j already, even if nothing is in it: then add
--overwrite-destination=true at the end. It deletes all that the database holds.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSource:
    """Where an export comes from."""

    database: str
    engine: str
    """The server's version."""


def arguments_of(tables: Sequence[BulkTable], array_delimiter: str) -> list[str]:
    """Return the importer's options; a bad entry fails the load, because the export has none."""
    return [
        "--id-type=integer",
        "--bad-tolerance=0",
        f"--array-delimiter=U+{ord(array_delimiter):04X}",
        *(["--multiline-fields=true"] if any(table.is_multiline for table in tables) else []),
        *_buffer_argument(max(table.longest_row for table in tables)),
        *(f"--{_option(table.sort)}={table.entry}" for table in tables),
    ]


def _buffer_argument(longest_row: int) -> list[str]:
    needed = 2 * longest_row
    return [f"--read-buffer-size={needed}"] if needed > _DEFAULT_BUFFER_CHARACTERS else []


def _option(sort: TableSort) -> str:
    return "relationships" if sort is TableSort.RELATIONSHIPS else "nodes"


def arguments_text(arguments: Sequence[str]) -> str:
    """Write the file that the importer reads its options from."""
    return "".join(f"{argument}\n" for argument in arguments)


def readme_text(source: BulkSource, applications: Sequence[BulkApplication], arguments: Sequence[str]) -> str:
    """Write the README."""
    command = " \\\n    ".join(["  neo4j-admin database import full neo4j", *arguments])
    sections = [
        _START.format(database=source.database, engine=source.engine, command=command),
        _section("WHAT IS IN THEM", _contents(applications)),
        _section("HOW VALUES ARE WRITTEN", _ENCODINGS),
        _section("WHAT CSV CANNOT CARRY", [*_not_carried(applications), *_schema(applications)]),
    ]
    return "\n".join(sections)


_ENCODINGS: Final = (
    'Strings are quoted, quotes in them doubled; line breaks stand as they are. An empty string is "".',
    "Each file holds the rows of one set of labels (or one type) with one set of typed keys: no field is missing.",
    "Lists, and labels, are joined by the array delimiter of the command, which is in no value.",
    "Bytes are lists of signed numbers (byte[]), which Neo4j keeps as bytes.",
    "Points name their reference system; a datetime with a zone has local time, offset and zone.",
    "The ids (:ID) only connect the files; no property is made of them.",
)


def _section(title: str, lines: Sequence[str] | Iterator[str]) -> str:
    return "\n".join([title, "", *(f"- {line}" for line in lines), ""])


def _contents(applications: Sequence[BulkApplication]) -> Iterator[str]:
    for application in applications:
        facts = application.facts
        version = "" if facts.version is None else f", version {facts.version}"
        yield (
            f"Application {facts.name!r}{version}: {facts.nodes} nodes with the label {application.entry.label!r}, "
            f"{facts.relationships} relationships, its catalogue node (:Application)."
        )
    if len(applications) > 1:
        yield "A node of several of these applications is written once, with the first that holds it."


def _not_carried(applications: Sequence[BulkApplication]) -> Iterator[str]:
    yielded = False
    for application in applications:
        where = f"of application {application.entry.name!r}"
        for each, count in sorted(application.rows.not_carried.items(), key=lambda item: (item[0].sort, item[0].key)):
            yielded = True
            yield f"{each.key!r} of {count} {each.sort} {where}: {each.loss}."
        for key, count in sorted(application.stripped.items()):
            yielded = True
            yield f"{key!r} of {count} nodes or relationships {where}: left out as secret."
        for name, count in sorted(application.references.items()):
            yielded = True
            far = f"application {name!r}" if name else "nodes of no application"
            yield f"{count} relationships between application {application.entry.name!r} and {far}: left out."
        if application.others:
            yielded = True
            yield f"{application.others} relationships {where} with others that are not yours to see: left out."
    if not yielded:
        yield "Every property of this export is carried."


def _schema(applications: Sequence[BulkApplication]) -> Iterator[str]:
    described = {_described(each): None for application in applications for each in application.schema}
    if not described:
        yield "The source has no indexes or constraints."
    for each in described:
        yield f"To be created after loading: {each}."


def _described(entry: SchemaEntry) -> str:
    names, keys = ", ".join(map(repr, entry.labels_or_types)), ", ".join(map(repr, entry.properties))
    return f"{entry.type} {entry.kind} {entry.name!r} on {entry.entity} {names} ({keys})"
