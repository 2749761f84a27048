from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from shared.archive.manifest import TOOL_VERSION, Manifest, SourceManifest, parse_manifest
from shared.damaged_entries import OWN_KEYS
from shared.errors import InvalidArchiveError
from shared.graph import Properties, SchemaEntry
from tests.support.archives.making import typed
from tests.support.values import PROPERTIES

APPLICATION: dict[str, Any] = {
    "name": "App",
    "kind": "APPLICATION",
    "version": None,
    "service_id": "s",
    "version_id": "v",
    "folder": "source",
    "label": "App",
    "catalogued": True,
    "entry": "applications/1/graph.graphml",
    "bytes": 1,
    "sha256": "0" * 64,
    "nodes": 1,
    "relationships": 0,
    "properties": 0,
    "labels": {"A": 1},
    "types": {},
    "digest": "0" * 32,
    "indexes_and_constraints": [],
    "external_references": {},
    "catalogue_properties": {},
    "shared_nodes": 0,
    "secured_properties": {},
    "fidelity": {},
}
MANIFEST: dict[str, Any] = {
    "format": "graphferry",
    "format_version": 1,
    "tool_version": "0.1.0",
    "file_filter": "migrate",
    "source": {"database": "source", "engine": "2026.08.1"},
    "secured_properties": {},
    "applications": [APPLICATION],
}


@given(PROPERTIES.filter(lambda properties: not set(OWN_KEYS) & set(properties)))
def test_catalogue_properties_come_back_with_their_types(properties: Properties) -> None:
    fields = APPLICATION | {"catalogue_properties": properties}
    manifest = Manifest(source=SourceManifest(database="d", engine="5"), secured_properties={}, applications=(fields,))  # type: ignore[arg-type]
    again = parse_manifest(manifest.to_bytes())
    assert typed(again.applications[0].catalogue_properties) == typed(properties)
    assert again.to_bytes() == manifest.to_bytes()


def test_indexes_come_back() -> None:
    index = SchemaEntry(
        kind="index", name="i", type="RANGE", entity="NODE", labels_or_types=("A",), properties=("x", "y")
    )
    fields = APPLICATION | {"indexes_and_constraints": [index]}
    manifest = Manifest(source=SourceManifest(database="d", engine="5"), secured_properties={}, applications=(fields,))  # type: ignore[arg-type]
    assert parse_manifest(manifest.to_bytes()).applications[0].indexes_and_constraints == (index,)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Not JSON"),
        (b"[]", "format"),
        (b"[" * 100_000, "Not JSON"),
        (json.dumps(MANIFEST | {"format": "other"}).encode(), "format"),
        (json.dumps(MANIFEST | {"format_version": 2}).encode(), "version 2 is unknown.*newer"),
        (json.dumps(MANIFEST | {"format_version": True}).encode(), "version True"),
        (json.dumps(MANIFEST | {"format_version": "1"}).encode(), "version '1'"),
        (json.dumps(MANIFEST | {"applications": []}).encode(), "applications"),
        (json.dumps(MANIFEST | {"extra": 1}).encode(), "extra"),
        (json.dumps(MANIFEST | {"applications": [APPLICATION | {"nodes": -1}]}).encode(), "applications.0.nodes"),
        (json.dumps(MANIFEST | {"applications": [APPLICATION | {"sha256": "x"}]}).encode(), "sha256"),
        (
            json.dumps(
                MANIFEST | {"applications": [APPLICATION | {"catalogue_properties": {"x": {"type": "?", "text": ""}}}]}
            ).encode(),
            "catalogue_properties",
        ),
    ],
)
def test_refusals_name_the_field(content: bytes, words: str) -> None:
    parse_manifest(json.dumps(MANIFEST).encode())
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        parse_manifest(content)
    assert caught.value.entry == "manifest.json"


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "NoneType"), ([1, "a"], "several types"), ([[1]], "lists of list"), (2**63, "64 bits")],
)
def test_a_catalogue_property_is_a_value_that_servers_hold(value: object, words: str) -> None:
    fields = APPLICATION | {"catalogue_properties": {"x": value}}
    with pytest.raises(InvalidArchiveError, match=f"catalogue_properties.*{words}"):
        parse_manifest(json.dumps(MANIFEST | {"applications": [fields]}).encode())


def test_the_tool_s_version_is_the_project_s() -> None:
    project = Path(__file__).parents[3] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == TOOL_VERSION
