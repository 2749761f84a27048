from __future__ import annotations

import hashlib
import json
import zipfile
from typing import Any

import pytest

from shared.archive.digests.digest import OrdinalDigest
from shared.archive.inspection.inspection import inspect
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import graph_entry
from shared.errors import InvalidArchiveError
from shared.graph import Duration, OffsetDateTime, Point, PropertyValue, Time, ZonedDateTime
from tests.support.archives.making import ENTRY, FOOTER, HEADER, SMALL, Graph, Maker, read_back
from tests.support.pace import takes_at_most

A = '<node id="n0" labels=":A"><data key="labels">:A</data></node>\n'
B = '<node id="n1" labels=":A"><data key="labels">:A</data></node>\n'
E = '<edge id="e0" source="n0" target="n1" label="R"><data key="label">R</data></edge>\n'


async def test_a_good_archive(maker: Maker) -> None:
    path, manifest = await maker.write(SMALL, SMALL)
    inspection = await inspect(path)
    content = path.read_bytes()
    assert inspection.manifest == manifest
    assert (inspection.sha256, inspection.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert inspection.warnings == []
    rows, digest = await read_back(path), OrdinalDigest()
    digest.add_nodes(rows.nodes)
    digest.add_relationships(rows.relationships)
    assert inspection.ordinal_digests[ENTRY] == digest.hexdigest()


async def test_an_archive_packed_again_by_another_tool_is_good(maker: Maker) -> None:
    path, manifest = await maker.write(SMALL)
    with zipfile.ZipFile(path) as archive:
        again = maker.zipped({name: archive.read(name) for name in archive.namelist()})
    assert (await inspect(again)).manifest == manifest


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        (A + A, 9, "'n0' has an id that is used before"),
        (B, 8, "'n1' stands where 'n0' is expected"),
        (A.replace("n0", "x0"), 8, "'x0' stands where 'n0'"),
        (A + E, 9, "'n1', which is no node"),
        (A + B + E + E, 11, "'e0' has an id that is used before"),
        (A + B + E + A.replace("n0", "n2"), 11, "after the first edge"),
        (A + "<!DOCTYPE x>", 9, "XML"),
        (A + "<?x?>", 9, "Processing"),
        (A + "&nbsp;", 9, "undefined entity"),
        (A.replace(":A", ":_FerryStaged"), 8, "_FerryStaged"),
        (A.replace("</node>", '<data key="n.size.i">9223372036854775808</data></node>'), 8, "64 bits"),
        (A.replace("</node>", '<data key="n.size.i">ten</data></node>'), 8, "'ten' of 'size'"),
        (A.replace("</node>", '<data key="unknown">1</data></node>'), 8, "'unknown', which is not declared"),
        (A + "<graph/>", 9, "graph"),
    ],
)
async def test_what_a_document_must_not_hold(maker: Maker, body: str, line: int, words: str) -> None:
    path = await maker.with_document(HEADER + body + FOOTER)
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        await inspect(path)
    assert (caught.value.entry, caught.value.line) == (ENTRY, line)
    assert repr(ENTRY) in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Time(0, 64_801), "18 hours"),
        (OffsetDateTime(31_556_889_832_780_800, 0, 0), "999999999"),
        ([ZonedDateTime(31_556_889_832_780_799, 0, "Europe/Berlin")], "999999999"),
        (ZonedDateTime(0, 0, "Nowhere/Land"), "time zone"),
        ([ZonedDateTime(0, 0, "UTC"), ZonedDateTime(0, 0, "UTC+01:00")], "time zone"),
        (Duration(2**63, 0, 0, 0), "2\\^63"),
        (Point(1, (0.0, 0.0)), "SRID"),
        (Point(4326, (0.0, 0.0, 0.0)), "2 coordinates"),
        (Point(4326, (200.0, 0.0)), "180"),
        (Point(4979, (0.0, -91.0, 0.0)), "90"),
    ],
)
async def test_a_value_that_no_server_holds_is_refused(maker: Maker, value: PropertyValue, words: str) -> None:
    """Servers drop the connection at some of them, and change others."""
    path, _ = await maker.write(Graph([(0, ("A",), {"odd": value})], []))
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        await inspect(path)
    assert (caught.value.entry, "'odd'" in caught.value.message) == (ENTRY, True)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (HEADER + A, "no element found"),
        (HEADER + A + "</graph>\n", "no element found"),
        (HEADER + A[:20], "no element found|unclosed"),
        (HEADER + A + FOOTER + "more", "junk"),
        ("<!DOCTYPE graphml>" + HEADER[39:] + FOOTER, "DOCTYPE"),
        ((HEADER + A + FOOTER).encode("utf-16"), "UTF-8"),
        (HEADER.replace('f:version="1"', "") + A + FOOTER, "dialect"),
        (HEADER.replace('f:version="1"', 'f:version="2"') + A + FOOTER, "'2'"),
        (b"PK\x03\x04 an archive in an archive", "XML"),
        ("", "no element found"),
    ],
)
async def test_what_a_document_must_be(maker: Maker, document: str | bytes, words: str) -> None:
    path = await maker.with_document(document)
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        await inspect(path)
    assert caught.value.entry == ENTRY


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes": 1}, "nodes 1; the entry has 0"),
        ({"relationships": 1}, "relationships 1"),
        ({"properties": 1}, "properties 1"),
        ({"labels": {"A": 1}}, "label 'A' 1"),
        ({"types": {"R": 1}}, "type 'R' 1"),
        ({"digest": "1" * 32}, "digest 1111"),
        ({"sha256": "1" * 64}, "sha256 1111"),
        ({"bytes": 1}, "1 bytes"),
    ],
)
async def test_what_the_manifest_says_must_be_true(maker: Maker, changes: dict[str, Any], words: str) -> None:
    await inspect(await maker.with_document(HEADER + FOOTER))
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        await inspect(await maker.with_document(HEADER + FOOTER, **changes))
    assert caught.value.entry == ENTRY


@pytest.mark.parametrize("name", ["", "a\0b", "a" * 16_384])
async def test_a_catalogue_property_needs_a_name_that_servers_take(maker: Maker, name: str) -> None:
    path = await maker.with_document(HEADER + FOOTER, catalogue_properties={name: "x"})
    with pytest.raises(InvalidArchiveError, match="catalogue entry of 'App 0' has"):
        await inspect(path)


async def test_a_changed_value_is_found_even_under_a_new_hash(maker: Maker) -> None:
    path, _ = await maker.write(SMALL)
    with zipfile.ZipFile(path) as archive:
        document, manifest = archive.read(ENTRY), json.loads(archive.read("manifest.json"))
    changed = document.replace(b">12<", b">13<")
    manifest["applications"][0]["sha256"] = hashlib.sha256(changed).hexdigest()
    with pytest.raises(InvalidArchiveError, match="digest"):
        await inspect(maker.zipped({"manifest.json": json.dumps(manifest).encode(), ENTRY: changed}))


async def test_entries_and_manifest_must_agree(maker: Maker) -> None:
    path, manifest = await maker.write(SMALL)
    with zipfile.ZipFile(path) as archive:
        document = archive.read(ENTRY)
    extra = {"manifest.json": manifest.to_bytes(), ENTRY: document, "applications/2/graph.graphml": b""}
    with pytest.raises(InvalidArchiveError, match="does not name") as caught:
        await inspect(maker.zipped(extra))
    assert caught.value.entry == "applications/2/graph.graphml"
    with pytest.raises(InvalidArchiveError, match="missing"):
        await inspect(maker.zipped({"manifest.json": manifest.to_bytes()}))


async def test_damaged_bytes_are_found(maker: Maker) -> None:
    path, _ = await maker.write(SMALL)
    content = path.read_bytes()
    found = 0
    for position in range(0, len(content), 7):
        path.write_bytes(content[:position] + bytes([content[position] ^ 0x55]) + content[position + 1 :])
        try:
            await inspect(path)
        except InvalidArchiveError:
            found += 1
    # What is left are bytes without meaning: dates, versions, attributes.
    assert found > len(content) // 7 * 0.9


async def test_a_manifest_of_very_many_applications_is_judged_at_once(maker: Maker) -> None:
    path, _ = await maker.write(SMALL)
    with zipfile.ZipFile(path) as archive:
        fields = json.loads(archive.read("manifest.json"))
    (one,) = fields["applications"]
    fields["applications"] = [{**one, "entry": graph_entry(number)} for number in range(1, 40_001)]
    crowded = maker.zipped({"manifest.json": json.dumps(fields).encode()})
    with takes_at_most(8), pytest.raises(InvalidArchiveError, match="missing"):
        await inspect(crowded, ArchiveLimits(applications=40_000))
    with takes_at_most(2), pytest.raises(InvalidArchiveError, match="GRAPHFERRY_MAX_APPLICATIONS"):
        await inspect(crowded)


async def test_limits_are_those_of_the_reader(maker: Maker) -> None:
    path, _ = await maker.write(SMALL)
    with pytest.raises(InvalidArchiveError, match="at most 100 "):
        await inspect(path, ArchiveLimits(inflated_bytes=100))
