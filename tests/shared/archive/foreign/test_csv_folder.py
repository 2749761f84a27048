from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.archive.limits import ArchiveLimits
from shared.archive.zip.archive_kind import CSV_TABLES, ArchiveKind
from shared.errors import InvalidArchiveError
from tests.support.archives.foreign import OLDER, Read, read_foreign, zipped

HEADERS = {table: "id;name\n" if table in CSV_TABLES[:3] else "start;end\n" for table in CSV_TABLES}
ONE = {f"app/{table}": header for table, header in HEADERS.items()} | {"app/objects.csv": "id;name\n1;One\n"}


async def test_two_applications_of_an_older_exporter(tmp_path: Path) -> None:
    read = await read_foreign(tmp_path, OLDER.read_bytes())
    inspection = read.inspection
    assert inspection.kind is ArchiveKind.CSV
    assert [(each.folder, each.name) for each in inspection.manifest.applications] == [
        ("shop", "Shop"),
        ("billing", "Größe & Co"),
    ]
    shop, billing = read.graphs
    assert shop.nodes == [
        (0, ("Object",), {"id": "1", "name": "Shop", "type": "application"}),
        (1, ("Object",), {"id": "2", "name": 'Order "Service"', "type": "class"}),
        (2, ("Object",), {"id": "3", "name": "first line\r\nsecond; line", "type": "class"}),
        (3, ("ObjectType",), {"id": "t1", "label": "Class"}),
        (4, ("ObjectType",), {"id": "t2"}),
        (5, ("Transaction",), {"id": "x1", "name": "checkout"}),
    ]
    assert [row[1:] for row in shop.relationships] == [
        (1, 0, "BELONGS_TO", {}),
        (2, 0, "BELONGS_TO", {}),
        (1, 3, "HAS_TYPE", {}),
        (2, 3, "HAS_TYPE", {}),
        (1, 2, "REFERENCES", {"kind": "CALLS", "line": "12"}),
        (2, 2, "REFERENCES", {}),
        (1, 2, "REFERENCES", {"kind": "CALLS", "line": "12"}),
        (1, 5, "IN_TRANSACTION", {"position": "1"}),
        (5, 1, "STARTS_AT", {}),
        (5, 2, "ENDS_AT", {}),
    ]
    assert (len(billing.nodes), billing.relationships) == (1, [])
    assert inspection.warnings == [
        "shop/endPoint.csv: relationships left out because an end is missing: 1.",
        "shop/objectTypeLinks.csv: relationships left out because an end is missing: 1.",
        "shop/objects.csv: nodes left out because their id is used before: 1.",
    ]


async def refused(
    tmp_path: Path, files: dict[str, str | bytes], limits: ArchiveLimits | None = None
) -> InvalidArchiveError:
    with pytest.raises(InvalidArchiveError) as caught:
        await read_foreign(tmp_path, zipped(files), limits=limits)
    return caught.value


@pytest.mark.parametrize("table", CSV_TABLES)
async def test_a_missing_table_is_named(tmp_path: Path, table: str) -> None:
    error = await refused(tmp_path, {name: text for name, text in ONE.items() if not name.endswith(f"/{table}")})
    assert (error.entry, "missing" in error.message) == (f"app/{table}", True)


@pytest.mark.parametrize(
    ("table", "text", "line", "words"),
    [
        ("objects.csv", "id\n1\n", 1, "2 to 1000 columns"),
        ("objects.csv", "id;name\n", None, "no object"),
        ("objects.csv", "id;name\n1;_FerryApp\n", None, "not allowed"),
        ("references.csv", "start\n", 1, "2 to 1000 columns"),
        ("references.csv", "", 1, "no header"),
        ("references.csv", "start;end;_ferry\n", 1, "reserved"),
        ("references.csv", "start;end;a;a\n", 1, "each name once"),
        ("references.csv", "start;end\n1;1;1\n", 2, "3 fields where the header has 2"),
        ("references.csv", 'start;end;a\n1;1;"b\n\n', 3, "unexpected end of data"),
        ("references.csv", 'start;end;a\n1;1;"b"c\n', 2, "expected after"),
        ("references.csv", b"start;end;a\n1;1;\xff\n", 2, "Not UTF-8"),
        ("references.csv", "start;end;a\n1;1;" + "x" * 2000, 2, "more than 1000"),
        ("references.csv", 'start;end;a\n1;1;"' + "x\n" * 2000 + '"', 499, "more than 1000"),
    ],
)
async def test_refusals_name_entry_and_line(
    tmp_path: Path, table: str, text: str | bytes, line: int | None, words: str
) -> None:
    error = await refused(tmp_path, {**ONE, f"app/{table}": text}, ArchiveLimits(token_bytes=1000))
    assert words in error.message
    assert error.line == line
    assert error.entry in (f"app/{table}", "app")


async def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    other = {name.replace("app/", "other/"): text for name, text in ONE.items()}
    assert "'One'" in (await refused(tmp_path, {**ONE, **other})).message


async def test_many_ids_are_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.archive.foreign.text_ordinals.IN_MEMORY_IDS", 100)
    rows = "".join(f"{number};x\n" for number in range(1000))
    links = "".join(f"{number};{999 - number}\n" for number in range(1000))
    files = {**ONE, "app/objects.csv": "id;name\n" + rows + "7;again\n", "app/references.csv": "start;end\n" + links}
    read: Read = await read_foreign(tmp_path, zipped(files))
    assert [row[1:3] for row in read.graphs[0].relationships] == [(number, 999 - number) for number in range(1000)]
    assert len(read.graphs[0].nodes) == 1000


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: "objects.csv" if name.endswith("objects.csv") else name,
        lambda name: "deep/" + name if name.endswith("endPoint.csv") else name,
        lambda name: name.replace("endPoint", "endpoint2"),
    ],
)
async def test_other_files_have_no_place(tmp_path: Path, rename: Callable[[str], str]) -> None:
    with zipfile.ZipFile(OLDER) as archive:
        files: dict[str, str | bytes] = {rename(name): archive.read(name) for name in archive.namelist()}
    assert "no place" in (await refused(tmp_path, files)).message
