from __future__ import annotations

import codecs
import csv
import io
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
        ("objects.csv", "id\n1\n", 1, "only 1 of 2 columns, separated by semicolon (;): 'id'"),
        ("objects.csv", "id;name\n", None, "no object"),
        ("objects.csv", "id;name\n1;_FerryApp\n", None, "not allowed"),
        (
            "references.csv",
            "start\n",
            1,
            "(;): 'start'. Separate columns with ; or a comma or a tab",
        ),
        ("references.csv", "", 1, "no header"),
        ("references.csv", "start;end;_ferry\n", 1, "reserved"),
        ("references.csv", "start;end;a;a\n", 1, "needs each name once: 'a'"),
        ("references.csv", "start;end\n1;1;1\n", 2, "3 fields where the header has 2"),
        ("references.csv", 'start;end;a\n1;1;"b\n\n', 2, "none closes it until the table ends"),
        ("references.csv", "start;end\r1;1\r", 1, "A carriage return alone ends no line"),
        ("references.csv", "start end\n1 1\n", 1, "(;): 'start end'. Separate columns with ; or a comma or a tab"),
        ("references.csv", ";".join(map(str, range(1001))), 1, "1001 columns; at most 1000 are allowed (GRAPHFERRY_"),
        ("references.csv", "start;end,kind\n", 1, "holds semicolon (;) and comma (,), so that it can be read in two"),
        ("references.csv", "start\tend;kind\n", 1, "semicolon (;) and tab"),
        ("references.csv", "start,end\n1,1\n1;1\n", 3, "1 fields where the header has 2: '1;1'. Each record needs"),
        ("references.csv", "start,end\n1,1\n1;1\n", 3, "separated by comma (,)"),
        ("references.csv", "start;end\n".encode("utf-16-le"), 1, "UTF-16 without its byte order mark"),
        ("references.csv", "start;end;a\n1;1;" + "x" * 6000, 2, "more than 5000 bytes (GRAPHFERRY_MAX_VALUE_BYTES)"),
        ("references.csv", 'start;end;a\n1;1;"' + "x\n" * 6000 + '"', 2499, "more than 5000"),
    ],
)
async def test_refusals_name_entry_and_line(
    tmp_path: Path, table: str, text: str | bytes, line: int | None, words: str
) -> None:
    error = await refused(tmp_path, {**ONE, f"app/{table}": text}, ArchiveLimits(token_bytes=5000))
    assert words in error.message
    assert error.line == line
    assert error.entry in (f"app/{table}", "app")


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('start;end;a\n1;1;"b"c\n', 2, 8, "Text follows the double quote that closes a field: 'c'"),
        ('start;end;a\n1;"x;""y";"z\n"" b"c";"\n', 3, 6, "'c\";\"'. Inside of quotes write a double quote twice"),
        ('start;end;a\n1;"x;""y";"z\n"" b"c";"\n', 3, 6, "the record begins in line 2"),
        (b"start;end;a\n1;1;\xe9\n1;\x81;\n", 3, 3, "0x81 is no character in windows-1252, nor is the table UTF-8"),
        (b"start;end;a\n1;1;\xe9\n1;\x81;\n", 3, 3, "(the byte 0xE9 in line 2 is not UTF-8). Save the table as UTF-8"),
        (b"\xef\xbb\xbfstart;end;a\n1;\xc3\xa4\xff;\n", 2, 4, "0xFF is no character in UTF-8"),
        (codecs.BOM_UTF16_LE + "start;end\n1;1\n".encode("utf-16-le") + b"1", 3, 1, "no character in UTF-16LE"),
        (codecs.BOM_UTF16_BE + "start;end\n1;".encode("utf-16-be") + b"\xd8\x00\x00\x31", 2, 3, "in UTF-16BE"),
    ],
)
async def test_refusals_name_the_column(tmp_path: Path, text: str | bytes, line: int, column: int, words: str) -> None:
    error = await refused(tmp_path, {**ONE, "app/references.csv": text})
    assert words in error.message
    assert (error.entry, error.line, error.column) == ("app/references.csv", line, column)


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


def rewritten(rewrite: Callable[[str], str | bytes]) -> dict[str, str | bytes]:
    """Write the tables of the older exporter anew."""
    with zipfile.ZipFile(OLDER) as archive:
        return {name: rewrite(archive.read(name).decode("utf-8-sig")) for name in archive.namelist()}


def separated(separator: str, text: str) -> str:
    records = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    table = io.StringIO(newline="")
    csv.writer(table, delimiter=separator).writerows(records)
    return table.getvalue()


REWRITERS: dict[str, Callable[[str], str | bytes]] = {
    "commas": lambda text: separated(",", text),
    "tabs": lambda text: separated("\t", text),
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16LE": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16BE with tabs": lambda text: codecs.BOM_UTF16_BE + separated("\t", text).encode("utf-16-be"),
    "empty lines before the header": lambda text: "\r\n\n" + text,
}


@pytest.mark.parametrize("how", REWRITERS)
async def test_separators_and_marked_encodings_change_nothing(tmp_path: Path, how: str) -> None:
    wanted = await read_foreign(tmp_path, OLDER.read_bytes())
    read = await read_foreign(tmp_path, zipped(rewritten(REWRITERS[how])))
    assert read.graphs == wanted.graphs
    assert read.inspection.warnings == wanted.inspection.warnings
    assert [each.digest for each in read.inspection.manifest.applications] == [
        each.digest for each in wanted.inspection.manifest.applications
    ]


async def test_windows_1252_is_assumed_with_a_warning(tmp_path: Path) -> None:
    wanted = await read_foreign(tmp_path, OLDER.read_bytes())
    read = await read_foreign(tmp_path, zipped(rewritten(lambda text: text.encode("windows-1252"))))
    assert read.graphs == wanted.graphs
    assert [each.name for each in read.inspection.manifest.applications] == ["Shop", "Größe & Co"]
    further = set(read.inspection.warnings) - set(wanted.inspection.warnings)
    assert further == {
        "billing/objects.csv: records read as windows-1252, because the byte 0xF6 in line 2 is not UTF-8: 1.",
    }


async def test_the_encoding_counts_for_the_whole_table(tmp_path: Path) -> None:
    rows = "".join(f"{number};{'x' * 1000}\n" for number in range(3000)).encode()
    table = b"id;name\n" + rows + b"last;\x80 1,50\n"
    read = await read_foreign(tmp_path, zipped({**ONE, "app/objects.csv": table}))
    assert read.graphs[0].nodes[-1][2] == {"id": "last", "name": "€ 1,50"}
    assert read.inspection.warnings == [
        "app/objects.csv: records read as windows-1252, because the byte 0x80 in line 3002 is not UTF-8: 3001."
    ]


async def test_quoted_separators_leave_the_header_clear(tmp_path: Path) -> None:
    files = {**ONE, "app/objects.csv": 'id,name,"a;b","c ""d"";\te"\n1,One,x,y\n', "app/transactions.csv": "id\n1,2\n"}
    read = await read_foreign(tmp_path, zipped(files))
    assert [row[2] for row in read.graphs[0].nodes] == [
        {"id": "1", "name": "One", "a;b": "x", 'c "d";\te': "y"},
        {"id": "1,2"},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
async def test_characters_may_lie_across_pieces(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    for shift in range(4):
        long = "x" * shift + "€ö" * 400_000
        table = f"{mark}id;name;long\n1;One;{long}\n".encode(encoding)
        read = await read_foreign(tmp_path, zipped({**ONE, "app/objects.csv": table}))
        assert read.graphs[0].nodes[0][2]["long"] == long
