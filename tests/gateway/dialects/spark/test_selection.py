"""References find what they name in the catalogue, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.spark.selection import (
    Match,
    Selection,
    ServiceReference,
    VersionFilter,
    has_prefix,
    parse_reference,
)
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry, service_id_of, version_id_of, version_order
from shared.errors import InvalidRequestError, NotFoundError

PARTS = st.integers(min_value=0, max_value=30)
VERSIONS = st.builds(
    lambda parts, tail: ".".join(map(str, parts)) + tail, st.tuples(PARTS, PARTS, PARTS), st.sampled_from(["", "-rc"])
)


def entry(name: str, version: str | None = None, database: str = "main") -> CatalogueEntry:
    return CatalogueEntry(
        database=database,
        name=name,
        label=f"{name}@{version}",
        version=version,
        service_id=service_id_of(database, name),
        version_id=version_id_of(database, name, version),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f/s", ServiceReference(text="f/s", folder="f", name="s")),
        ("/f/s", ServiceReference(text="/f/s", folder="f", name="s")),
        ("f/s[1.2]", ServiceReference(text="f/s[1.2]", folder="f", name="s[1.2]")),
        ("f/a/b", ServiceReference(text="f/a/b", folder="f", name="a/b")),
        ("folders/f/services/s[1]", ServiceReference(text="folders/f/services/s[1]", folder="f", name="s[1]")),
        ("service/i", ServiceReference(text="service/i", service_id="i")),
        ("version/i", ServiceReference(text="version/i", version_id="i")),
        ("i", ServiceReference(text="i", service_id="i")),
    ],
)
def test_forms_of_references(text: str, expected: ServiceReference) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize("text", ["", "/", "f/", "service/"])
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="folder/service"):
        parse_reference(text)


@pytest.mark.parametrize(
    ("version", "prefix", "expected"),
    [
        ("3.2.1", "3.2", True),
        ("3.20.0", "3.2", False),
        ("3.2", "3.2", True),
        ("3.2.1-rc", "3.2", True),
        ("3.2.1-rc", "3.2.1", True),
        ("3.2.1", "3.2.1-rc", False),
        ("3.2.1-rc", "3.2.1-rc", True),
        (None, "1", True),
        (None, "1.0.0", True),
        (None, "1.1", False),
        ("13.2", "3.2", False),
    ],
)
def test_prefixes_cover_whole_parts(version: str | None, prefix: str, expected: bool) -> None:
    assert has_prefix(version, prefix) is expected


@given(versions=st.lists(VERSIONS, min_size=1, max_size=12, unique=True), data=st.data())
def test_a_prefix_finds_the_latest_that_it_covers(versions: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from(versions)).partition("-")[0].split(".")
    prefix = ".".join(wanted[: data.draw(st.integers(min_value=1, max_value=3))])
    catalogue = {"main": [entry("s", each) for each in versions]}
    (found,) = Match.of(parse_reference(f"main/s[{prefix}]"), catalogue).entries
    covered = [
        each for each in versions if each.partition("-")[0].split(".")[: prefix.count(".") + 1] == prefix.split(".")
    ]
    assert found.version == max(covered, key=version_order)


@given(versions=st.lists(VERSIONS, min_size=1, max_size=12, unique=True))
def test_latest_is_one_of_all(versions: list[str]) -> None:
    def select(version_filter: VersionFilter) -> list[str | None]:
        selection = Selection(
            catalogues={"main": [entry("s", each) for each in versions]}, version_filter=version_filter
        )
        selection.add_folder("main")
        selection.add_service(parse_reference("main/s"))
        return [each.version for each in selection.finish()]

    assert select(VersionFilter.ALL) == sorted(versions, key=version_order)
    assert select(VersionFilter.LATEST) == [max(versions, key=version_order)]


def test_ids_find_services_and_versions_in_any_folder() -> None:
    catalogues = {"a": [entry("s", None, "a"), entry("s", "2.0.0", "a")], "b": [entry("s", None, "b")]}
    by_id = Match.of(parse_reference(service_id_of("a", "s")), catalogues)
    assert [(each.database, each.version) for each in by_id.entries] == [("a", None), ("a", "2.0.0")]
    by_version = Match.of(parse_reference(f"version/{version_id_of('b', 's', None)}"), catalogues)
    assert (by_version.is_version, [each.database for each in by_version.entries]) == (True, ["b"])


def test_ids_in_other_letter_case_count_where_none_is_spelled_so() -> None:
    lower, upper = (replace(entry(name), service_id=id_) for name, id_ in (("s", "0a"), ("t", "0A")))
    catalogues = {"main": [lower, upper]}
    assert Match.of(parse_reference("0A"), catalogues).entries == [upper]
    assert Match.of(parse_reference("service/0A"), {"main": [lower]}).entries == [lower]


def test_a_name_with_brackets_goes_before_a_version() -> None:
    catalogues = {"main": [entry("s", "1.0.0"), entry("s[1]", "2.0.0")]}
    whole = Match.of(parse_reference("main/s[1]"), catalogues)
    assert ([each.name for each in whole.entries], whole.is_version) == (["s[1]"], False)
    assert [each.name for each in Match.of(parse_reference("main/s[1][2]"), catalogues).entries] == ["s[1]"]


def test_what_is_chosen_twice_is_there_once() -> None:
    selection = Selection(catalogues={"main": [entry("s")]}, version_filter=VersionFilter.ALL)
    selection.add_folder("main")
    selection.add_version_id(version_id_of("main", "s", None))
    selection.add_service(parse_reference(f"main/s[{DEFAULT_VERSION}]"))
    assert selection.finish() == [entry("s")]


def test_everything_that_is_missing_is_told() -> None:
    selection = Selection(catalogues={"main": [], "full": [entry("s")]}, version_filter=VersionFilter.ALL)
    selection.add_folder("none")
    selection.add_folder("main")
    selection.add_service(parse_reference("full/t"))
    with pytest.raises(NotFoundError) as caught:
        selection.finish()
    assert caught.value.details == ("folder 'none'", "service 'full/t'")
