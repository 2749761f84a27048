"""Archives are inspected and compared without a gateway."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.archive.writing.writer import ArchiveWriter
from shared.graph import RelationshipRow, SchemaEntry
from tests.support.archives.foreign import document
from tests.support.archives.small import make_entry
from tests.support.command_line import Ending, call

DATA = Path(__file__).parents[2] / "data" / "archives"
KEYED = SchemaEntry(
    kind="constraint",
    name="key",
    type="UNIQUENESS",
    entity="NODE",
    labels_or_types=("Class",),
    properties=("id",),
)


def write(path: Path, name: str, sizes: Mapping[int, int], *, calls: Sequence[tuple[int, int]] = ()) -> Path:
    """Write an application of classes, each with its size, that call each other."""

    async def write_it() -> None:
        async with ArchiveWriter.open(path) as writer:
            application = await writer.begin(make_entry(name), [KEYED])
            nodes = [(at, ["Class"], {"id": key, "size": size}) for at, (key, size) in enumerate(sizes.items())]
            await application.write_nodes(nodes)
            at = {key: place for place, key in enumerate(sizes)}
            edges: list[RelationshipRow] = [
                (place, at[start], at[end], "CALLS", {}) for place, (start, end) in enumerate(calls)
            ]
            await application.write_relationships(edges)
            await application.finish()
            await writer.finish("memory", "source")

    asyncio.run(write_it())
    return path


def run(*tokens: str | Path) -> Ending:
    return call({"HOME": "/nowhere"}, *map(str, tokens))


def test_an_archive_is_shown() -> None:
    ending = run("inspect", DATA / "format-1.zip")
    assert ending.code == 0
    assert "App 0" in ending.output
    assert "graphferry" in ending.output


def test_a_foreign_archive_is_shown_with_what_would_be_lost() -> None:
    ending = run("inspect", DATA / "older-exporter.zip", "--json")
    (report,) = ending.lines
    assert report["kind"] == "csv"
    assert [each["name"] for each in report["applications"]] == ["Shop", "Größe & Co"]
    assert len(report["warnings"]) == 3
    assert ending.messages.count("warning: ") == 3


def test_a_document_of_another_tool_is_shown(tmp_path: Path) -> None:
    plain, zipped = tmp_path / "Their App.graphml", tmp_path / "Their App.GRAPHML.GZ"
    plain.write_text(document('<node id="a" labels=":A"/>'))
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    for file in (plain, zipped):
        (report,) = run("inspect", file, "--json").lines
        assert [(each["name"], each["dialects"]) for each in report["applications"]] == [
            ("Their App", ["neo4j-procedures"])
        ]
    assert "neo4j-procedures" in run("inspect", plain).output


def test_a_damaged_archive_is_refused_by_name(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes((DATA / "format-1.zip").read_bytes()[:-30])
    ending = run("inspect", damaged)
    assert (ending.code, ending.output) == (1, "")
    assert "damaged.zip is refused" in ending.messages
    assert "INVALID_ARCHIVE" in ending.messages


def test_equal_archives_are_0(tmp_path: Path) -> None:
    first = write(tmp_path / "a.zip", "App", {1: 10, 2: 20}, calls=[(1, 2)])
    second = write(tmp_path / "b.zip", "App", {2: 20, 1: 10}, calls=[(1, 2)])
    ending = run("diff", first, second)
    assert ending.code == 0
    assert "equal" in ending.output


def test_differences_are_1_and_listed(tmp_path: Path) -> None:
    first = write(tmp_path / "a.zip", "App", {1: 10, 2: 20, 3: 30}, calls=[(1, 2), (2, 3)])
    second = write(tmp_path / "b.zip", "App", {1: 10, 2: 21, 4: 40}, calls=[(1, 2), (2, 1)])
    ending = run("diff", first, second, "--json")
    assert ending.code == 1
    (report,) = ending.lines
    assert report["result"] == "different"
    assert report["nodes"] == {"a": 3, "b": 3}
    counts = {kind: found["count"] for kind, found in report["elements"].items()}
    assert counts == {
        "nodes_added": 1, "nodes_removed": 1, "nodes_changed": 1, "relationships_added": 1, "relationships_removed": 1
    }  # fmt: skip
    shown = run("diff", first, second).output
    assert ":Class {id: 4, size: 40}" in shown
    assert ":Class {id: 2, size: 20} is now :Class {id: 2, size: 21}" in shown


def test_what_is_only_in_one_is_told(tmp_path: Path) -> None:
    first = write(tmp_path / "a.zip", "Old", {1: 10})
    second = write(tmp_path / "b.zip", "New", {1: 10, 2: 20})
    ending = run("diff", first, second, "--json")
    assert ending.code == 1
    told: dict[str, Any] = {line["name"]: (line["result"], line["nodes"]) for line in ending.lines}
    assert told == {"New": ("only in b", {"a": None, "b": 2}), "Old": ("only in a", {"a": 1, "b": None})}


def test_counts_by_label_and_type_are_shown_where_they_differ(tmp_path: Path) -> None:
    first = write(tmp_path / "a.zip", "App", {1: 10, 2: 20}, calls=[(1, 2)])
    second = write(tmp_path / "b.zip", "App", {1: 10, 2: 20, 3: 30}, calls=[])
    (report,) = run("diff", first, second, "--json").lines
    assert report["labels"] == {"Class": {"a": 2, "b": 3}}
    assert report["types"] == {"CALLS": {"a": 1, "b": 0}}


def test_too_many_elements_are_compared_by_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.cli.comparing.COMPARED_ELEMENTS", 2)
    first = write(tmp_path / "a.zip", "App", {1: 10, 2: 20, 3: 30})
    second = write(tmp_path / "b.zip", "App", {1: 10, 2: 20, 3: 31})
    (report,) = run("diff", first, second, "--json").lines
    assert (report["result"], report["elements"]) == ("different", None)
