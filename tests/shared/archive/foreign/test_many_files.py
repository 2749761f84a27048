"""Tools that write a file for each method: thousands of small documents are one application."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError
from tests.support.archives.foreign import Read, read_foreign, zipped

METHOD = """<?xml version="1.0" ?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="labelV" for="node" attr.name="labelV" attr.type="string"/>
<key id="labelE" for="edge" attr.name="labelE" attr.type="string"/>
<key id="node__METHOD__NAME" for="node" attr.name="NAME" attr.type="string"/>
<key id="node__CALL__ORDER" for="node" attr.name="ORDER" attr.type="int"/>
<graph id="g" edgedefault="directed">
<node id="m{at}"><data key="labelV">METHOD</data><data key="node__METHOD__NAME">method {at}</data></node>
<node id="c{at}"><data key="labelV">CALL</data><data key="node__CALL__ORDER">{at}</data></node>
<edge id="1" source="m{at}" target="c{at}"><data key="labelE">AST</data></edge>
<edge id="2" source="c{at}" target="m{next}"><data key="labelE">CALL</data></edge>
</graph>
</graphml>
"""


def methods(count: int) -> bytes:
    """Give a ZIP of so many methods, each of which calls the next, the last the first."""
    return zipped({f"src/p{at % 40}/{at}-cpg.xml": METHOD.format(at=at, next=(at + 1) % count) for at in range(count)})


async def timed(folder: Path, content: bytes) -> tuple[Read, float]:
    start = time.process_time()
    read = await read_foreign(folder, content)
    return read, time.process_time() - start


async def test_a_file_for_each_method_is_read_as_one_application(tmp_path: Path) -> None:
    _, few_seconds = await timed(tmp_path, methods(400))
    read, seconds = await timed(tmp_path, methods(4096))
    (graph,) = read.graphs
    (application,) = read.inspection.manifest.applications
    assert (application.nodes, application.relationships) == (8192, 8192)
    assert application.labels == {"METHOD": 4096, "CALL": 4096}
    assert application.types == {"AST": 4096, "CALL": 4096}
    ordinals = {row[2].get("NAME") or row[2]["ORDER"]: row[0] for row in graph.nodes}
    found = {(row[1], row[2], row[3]) for row in graph.relationships}
    for at in (0, 1, 2000, 4095):
        assert (ordinals[f"method {at}"], ordinals[at], "AST") in found
        assert (ordinals[at], ordinals[f"method {(at + 1) % 4096}"], "CALL") in found
    assert read.inspection.warnings == []
    # Ten times the files take about ten times as long; were the cost to grow with the square, a hundred times.
    assert seconds < 30 * few_seconds


async def test_a_file_too_many_is_refused_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(InvalidArchiveError, match=r"4097 entries; at most 4096 .*GRAPHFERRY_MAX_ENTRIES"):
        await read_foreign(tmp_path, methods(4097))
    read = await read_foreign(tmp_path, methods(4097), limits=ArchiveLimits(entries=5000))
    assert read.inspection.manifest.applications[0].nodes == 8194


async def test_an_end_that_no_file_has_is_named_with_its_file(tmp_path: Path) -> None:
    files = {f"{at}.xml": METHOD.format(at=at, next=at) for at in range(1000)}
    files["700.xml"] = METHOD.format(at=700, next="elsewhere")
    with pytest.raises(InvalidArchiveError, match="'melsewhere'") as caught:
        await read_foreign(tmp_path, zipped(files))
    assert (caught.value.entry, caught.value.line) == ("700.xml", 11)
