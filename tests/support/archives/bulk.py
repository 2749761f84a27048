"""Reads bulk exports as the importer does: text by text, by the types that headers name."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.archive.values import temporal
from shared.graph import OffsetDateTime, Point, PropertyValue, Scalar, ZonedDateTime

SRIDS = {"wgs-84": 4326, "wgs-84-3d": 4979, "cartesian": 7203, "cartesian-3d": 9157}


def parse_point(text: str) -> Point:
    fields = dict(part.split(":") for part in text.strip("{}").split(","))
    crs = fields.pop("crs")
    return Point(SRIDS[crs], tuple(map(float, fields.values())))


def parse_datetime(text: str) -> OffsetDateTime | ZonedDateTime:
    local, _, zone = text.removesuffix("]").partition("[")
    value = temporal.parse_offset_datetime(local)
    return ZonedDateTime(value.seconds, value.nanoseconds, zone) if zone else value


PARSERS: Mapping[str, Callable[[str], Scalar]] = {
    "string": str,
    "long": int,
    "byte": int,
    "double": float,
    "boolean": lambda text: {"true": True, "false": False}[text],
    "date": temporal.parse_date,
    "localtime": temporal.parse_local_time,
    "time": temporal.parse_time,
    "localdatetime": temporal.parse_local_datetime,
    "datetime": parse_datetime,
    "duration": temporal.parse_duration,
    "point": parse_point,
}
Properties = dict[str, PropertyValue]


@dataclass
class Loaded:
    """What the importer would make of an export."""

    nodes: dict[int, tuple[set[str], Properties]] = field(default_factory=dict)
    relationships: list[tuple[int, int, str, Properties]] = field(default_factory=list)
    catalogue: list[Properties] = field(default_factory=list)


def arguments_of(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.read("arguments.txt").decode().split()


def array_delimiter_of(path: Path) -> str:
    (option,) = (each for each in arguments_of(path) if each.startswith("--array-delimiter=U+"))
    return chr(int(option.rpartition("+")[2], 16))


def load(path: Path) -> Loaded:
    """Follow the arguments, as the importer does."""
    loaded, delimiter = Loaded(), array_delimiter_of(path)
    with zipfile.ZipFile(path) as archive:
        for argument in arguments_of(path):
            option, _, entry = argument.partition("=")
            if option in ("--nodes", "--relationships"):
                rows = csv.reader(io.StringIO(archive.read(entry).decode(), newline=""), strict=True)
                read_table(list(rows), entry, delimiter, loaded)
    return loaded


def read_table(rows: list[list[str]], entry: str, delimiter: str, loaded: Loaded) -> None:
    header, *rest = rows
    for row in rest:
        assert len(row) == len(header)
        if header[0] == ":START_ID":
            assert header[:3] == [":START_ID", ":END_ID", ":TYPE"]
            properties = properties_of(header[3:], row[3:], delimiter)
            loaded.relationships.append((int(row[0]), int(row[1]), row[2], properties))
        else:
            assert header[:2] == [":ID", ":LABEL"]
            properties = properties_of(header[2:], row[2:], delimiter)
            if "catalogue" in entry:
                assert row[1] == "Application"
                loaded.catalogue.append(properties)
            else:
                assert int(row[0]) not in loaded.nodes
                loaded.nodes[int(row[0])] = set(row[1].split(delimiter)), properties


def properties_of(columns: list[str], texts: list[str], delimiter: str) -> Properties:
    return {
        column.rpartition(":")[0]: value_of(column.rpartition(":")[2], text, delimiter)
        for column, text in zip(columns, texts, strict=True)
    }


def value_of(column_type: str, text: str, delimiter: str) -> PropertyValue:
    if column_type == "byte[]":
        return bytes(int(each) % 256 for each in text.split(delimiter))
    parse = PARSERS[column_type.removesuffix("[]")]
    return [parse(each) for each in text.split(delimiter)] if column_type.endswith("[]") else parse(text)
