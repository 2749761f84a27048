"""Graphs that stand beside one another in a document are applications of their own, or one together."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.files import ForeignFile
from shared.archive.foreign.graph_names import plan_graphs
from shared.archive.foreign.graphml.graphs import may_hold_several
from shared.archive.foreign.translation import SEARCHED_BYTES
from shared.archive.inspection.inspected_archive import read_names
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError
from tests.support.archives.foreign import HEAD, Read, document, read_foreign, zipped
from tests.support.pace import takes_at_most

ONE = ForeignDefaults(one_application=True)
CROSSING = (
    '<graph id="Eins"><node id="a"/><node id="b"/><edge source="b" target="a"/></graph>'
    '<graph id="Zwei"><node id="b" labels=":B"/><edge source="b" target="b" label="R"/></graph>'
)


def several(*graphs: str, keys: str = "") -> str:
    return f"{HEAD}{keys}{''.join(graphs)}</graphml>"


def names_of(read: Read) -> list[str]:
    return [each.name for each in read.inspection.manifest.applications]


def plan(*texts: str, limits: ArchiveLimits | None = None) -> Sequence[str]:
    files = [ForeignFile(name="x", read=partial(iter, (text.encode(),))) for text in texts]
    return plan_graphs(files, "App", limits or ArchiveLimits()).names("App")


@pytest.mark.parametrize("zips", [True, False])
async def test_each_graph_is_an_application_with_ids_of_its_own(tmp_path: Path, zips: bool) -> None:
    text = several(CROSSING)
    content, name = (zipped({"g.graphml": text}), "a.zip") if zips else (text.encode(), "a.graphml")
    read = await read_foreign(tmp_path, content, name=name, defaults=ForeignDefaults(id_property=""))
    assert names_of(read) == ["Eins", "Zwei"]
    first, second = read.graphs
    assert [row[:2] for row in first.nodes] == [(0, ()), (1, ())]
    assert [row[:4] for row in first.relationships] == [(0, 1, 0, "RELATED")]
    assert [row[:2] for row in second.nodes] == [(0, ("B",))]
    assert [row[:4] for row in second.relationships] == [(0, 0, 0, "R")]
    assert (read.inspection.warnings, read.inspection.dialects) == ([], [["neo4j-procedures"]] * 2)


async def test_all_graphs_are_one_application_by_choice(tmp_path: Path) -> None:
    text = several('<graph><node id="a"/><edge source="a" target="b"/></graph><graph><node id="b"/></graph><graph/>')
    read = await read_foreign(tmp_path, zipped({"g.graphml": text}), defaults=ONE)
    assert names_of(read) == ["My App"]
    assert [row[2] for row in read.graphs[0].nodes] == [{"id": "a"}, {"id": "b"}]
    assert [row[1:3] for row in read.graphs[0].relationships] == [(0, 1)]
    assert read.inspection.warnings == ["graphs read as part of the first one of their document: 2."]


async def test_documents_of_one_graph_stay_together_beside_others(tmp_path: Path) -> None:
    files = {
        "1.graphml": document('<node id="a"/>'),
        "2.graphml": several(CROSSING),
        "3.graphml": document('<edge source="a" target="a"/>'),
    }
    read = await read_foreign(tmp_path, zipped(files))
    assert names_of(read) == ["My App", "Eins", "Zwei"]
    assert [(len(each.nodes), len(each.relationships)) for each in read.graphs] == [(1, 1), (2, 1), (1, 1)]


async def test_nested_graphs_and_those_of_others_are_none_of_their_own(tmp_path: Path) -> None:
    inner = '<node id="a"><graph id="in"><node id="b"/></graph></node><desc><graph/></desc><!-- <graph/> -->'
    text = document(f'{inner}<x:graph xmlns:x="urn:x"/>')
    assert names_of(await read_foreign(tmp_path, zipped({"g.graphml": text}))) == ["My App"]
    text = several(f'<graph id="A">{inner}</graph>', '<graph id="B"><node id="a"/></graph>')
    read = await read_foreign(tmp_path, zipped({"g.graphml": text}))
    assert names_of(read) == ["A", "B"]
    assert [len(each.nodes) for each in read.graphs] == [2, 1]
    assert read.inspection.warnings == ["nested graphs read as part of the whole: 1."]


async def test_graphs_under_a_prefix_and_in_other_encodings(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="UTF-16"?><g:graphml xmlns:g="http://graphml.graphdrawing.org/xmlns">'
        '<g:graph id="Ä"/><g:graph id="B"><g:node id="n0"/></g:graph></g:graphml>'
    )
    assert names_of(await read_foreign(tmp_path, zipped({"g.graphml": text.encode("utf-16")}))) == ["Ä", "B"]


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (["A", "B"], ["A", "B"]),
        (["G", "G", "H"], ["App 1", "App 2", "H"]),
        (["", "App 1", "App 3", ""], ["App 2", "App 1", "App 3", "App 4"]),
        (["_FerryX", "x" * 1001, "a&#9;b"], ["App 1", "App 2", "a\tb"]),
        (["../x", "`) DETACH DELETE", "App"], ["../x", "`) DETACH DELETE", "App"]),
    ],
)
def test_names_are_ids_or_numbers_that_are_free(ids: list[str], names: list[str]) -> None:
    assert plan(several(*(f'<graph id="{each}"/>' for each in ids))) == names


def test_names_are_unique_over_all_documents() -> None:
    both = several('<graph id="A"/><graph id="App"/>')
    assert plan(both, document("")) == ["App", "A", "App 1"]
    assert plan(both, both) == ["App 1", "App 2", "App 3", "App 4"]


async def test_names_of_the_file_are_counted(tmp_path: Path) -> None:
    text = several('<graph id="G"><node id="n0"/></graph>' * 2)
    read = await read_foreign(tmp_path, zipped({"g.graphml": text}))
    assert names_of(read) == ["My App 1", "My App 2"]
    assert read.inspection.warnings == ["graphs named by their file, as their ids are none, repeated or no names: 2."]


@pytest.mark.parametrize(
    ("text", "defaults", "words"),
    [
        (several('<graph id="A"><node id="a"/></graph><graph><edge source="a" target="a"/></graph>'), None, "one_appl"),
        (several('<graph id="A"><node id="a"/><node id="a"/></graph><graph/>'), None, "before in its graph"),
        (several('<graph id="A"><node id="a"/></graph><graph><node id="a"/></graph>'), ONE, "before in the archive"),
        (several(CROSSING)[:-12], None, "no element found|unclosed token"),
        (several(CROSSING) + "<graph/>", None, "junk after document element"),
        (several(CROSSING, "<hyperedge/>"), None, "hyperedge"),
        ("<!DOCTYPE x>" + several(CROSSING), None, "DOCTYPE"),
    ],
)
async def test_what_is_refused(tmp_path: Path, text: str, defaults: ForeignDefaults | None, words: str) -> None:
    with pytest.raises(InvalidArchiveError, match=words):
        await read_foreign(tmp_path, zipped({"g.graphml": text}), defaults=defaults)


async def test_too_many_graphs_are_refused_at_once_or_read_as_one(tmp_path: Path) -> None:
    text = several(*(f'<graph><node id="{at}"/></graph>' for at in range(100_000)))
    content = zipped({"g.graphml": text})
    with takes_at_most(20), pytest.raises(InvalidArchiveError, match=r"More than 4096 graphs .*one_application"):
        await read_foreign(tmp_path, content)
    read = await read_foreign(tmp_path, content, defaults=ONE)
    assert read.inspection.warnings == ["graphs read as part of the first one of their document: 99999."]
    assert len(read.graphs[0].nodes) == 100_000


@pytest.mark.parametrize("spaces", [0, SEARCHED_BYTES])
def test_names_are_told_at_once_or_not_at_all(tmp_path: Path, spaces: int) -> None:
    path = tmp_path / "a.graphml.gz"
    path.write_bytes(gzip.compress(several("<graph id='One'/>", " " * spaces, "<graph id='Two'/>").encode()))
    assert read_names(path, path.name, ArchiveLimits()) == (None if spaces else ["One", "Two"])


async def test_many_graphs_take_time_in_proportion(tmp_path: Path) -> None:
    graphs = [f'<graph id="G{at}"><node id="a"/><edge source="a" target="a"/></graph>' for at in range(200)]
    with takes_at_most(30):
        read = await read_foreign(tmp_path, zipped({"g.graphml": several(*graphs)}))
    assert len(read.graphs) == 200
    assert all((len(each.nodes), len(each.relationships)) == (1, 1) for each in read.graphs)


@pytest.mark.parametrize("size", range(1, 20))
def test_a_search_in_pieces_of_any_size_finds_the_same(size: int) -> None:
    def search(text: str) -> bool:
        content = text.encode()
        return may_hold_several((content[at : at + size] for at in range(0, len(content), size)), "x")

    assert not search(document('<node id="graph"/>'))
    assert search(several("<graph/><graph/>"))
    assert search(document('<node id="a"><graph/></node>'))


def test_a_search_keeps_nothing() -> None:
    def pieces() -> list[bytes]:
        return [b"<graphml>", b"<graph>", *([b"graph <b/>" * 100_000] * 50)]

    content = pieces()
    tracemalloc.start()
    try:
        assert not may_hold_several(content, "x")
        assert tracemalloc.get_traced_memory()[1] < 10 * 1024**2
    finally:
        tracemalloc.stop()
