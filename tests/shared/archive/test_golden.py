"""Archives of every format version that was ever written must be read for ever."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from shared.archive.inspection.inspection import inspect
from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    Time,
    ZonedDateTime,
)
from tests.support.archives.making import Graph, Maker, comparable, read_back, renumbered

GOLDEN = Path(__file__).parents[2] / "data" / "archives"

EVERYTHING = Graph(
    nodes=[
        (
            0,
            ["Object", "with:colon", "\x01"],
            {
                "text": "a <&> b\r\n\t]]>",
                "forbidden": "\x00\uffff",
                "integer": -(2**63),
                "float": 0.1,
                "boolean": True,
                "bytes": b"\x00\xff",
                "date": Date(-735_525),
                "localtime": LocalTime(1),
                "time": Time(86_399_999_999_999, 7230),
                "localdatetime": LocalDateTime(-1, 999_999_999),
                "datetime": OffsetDateTime(1_717_236_000, 5, -30),
                "zoned": ZonedDateTime(316_516_204_800, 5, "SystemV/YST9YDT"),
                "duration": Duration(14, -3, -1, 999_999_999),
                "point2": Point(4326, (12.5, 55.7)),
                "point3": Point(9157, (1.0, -0.0, 1e300)),
            },
        ),
        (
            1,
            [],
            {
                "nan": math.nan,
                "negative zero": -0.0,
                "empty": [],
                "integers": [1, -2],
                "floats": [1.0, 2.5],
                "special": [math.nan, -math.inf],
                "texts": ["", '"', "\x00"],
                "booleans": [True, False],
                "dates": [Date(3_663_382)],
                "points": [Point(7203, (0.0, 1.0))],
                "integer": "text",
            },
        ),
        (2, ["Object"], {"id": 1, "labels": "x", "label": "y", "source": "z", "target": "😀", "back`tick": "\u202e"}),
    ],
    relationships=[
        (0, 0, 1, "HAS", {"since": Date(0)}),
        (1, 0, 2, "with:colon", {"label": "own"}),
        (2, 2, 2, "\x02", {}),
    ],
)


@pytest.mark.parametrize("name", ["format-1.zip"])
async def test_a_golden_archive_is_read(name: str) -> None:
    path = GOLDEN / name
    inspection = await inspect(path)
    assert inspection.manifest.format_version == int(name[len("format-") : -len(".zip")])
    assert comparable(await read_back(path)) == comparable(renumbered(EVERYTHING))


async def test_this_version_writes_the_same_graph(maker: Maker) -> None:
    golden = (await inspect(GOLDEN / "format-1.zip")).manifest.applications[0]
    _, manifest = await maker.write(EVERYTHING)
    assert manifest.applications[0] == golden
