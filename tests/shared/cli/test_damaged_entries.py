"""Damaged entries of the catalogue are listed with their reasons, repaired and removed by commands."""

from __future__ import annotations

import pytest

from tests.shared.cli.conftest import Desk

PLACE = ("--database", "source")


@pytest.fixture
def damaged(desk: Desk) -> tuple[str, str]:
    data = desk.world.databases["source"]
    first, second = (data.add_node(["Application"], {"Name": "Odd", "Version": at}) for at in (1, 2))
    return str(first), str(second)


async def test_they_are_listed_with_their_reasons(desk: Desk, damaged: tuple[str, str]) -> None:
    desk.world.databases["target"].add_node(["Application"], {"Name": 7})
    admin = desk.as_("admin")
    reason = "Version is of type int, and no text"
    listed = (await admin("damaged-entries", "list", *PLACE, "--json")).lines
    assert listed == [{"database": "source", "id": each, "name": "Odd", "reason": reason} for each in damaged]
    told = (await admin("damaged-entries", "list")).output
    assert told.count(reason) == 2
    assert "Name is of type int, and no text" in told
    assert (await desk.as_("user")("damaged-entries", "list", *PLACE, "--json")).lines == []


async def test_a_list_of_applications_tells_of_them(desk: Desk, damaged: tuple[str, str]) -> None:
    words = ("applications", "list", *PLACE)
    assert "2 nodes look like entries of applications" in (await desk.as_("admin")(*words)).messages
    for entry in damaged:
        assert (await desk.as_("admin")("damaged-entries", "remove", entry, *PLACE, "--yes")).code == 0
    assert (await desk.as_("admin")(*words)).messages == ""


async def test_one_is_repaired_and_what_is_empty_is_taken_away(desk: Desk, damaged: tuple[str, str]) -> None:
    admin, repair = desk.as_("admin"), ("damaged-entries", "repair")
    desk.world.databases["source"].nodes[int(damaged[1])].properties["Kind"] = 3
    ending = await admin(*repair, damaged[0], *PLACE, "--version", "1.0")
    assert (ending.code, ending.output) == (0, f"{damaged[0]}\n")
    refused = await admin(*repair, damaged[1], *PLACE, "--version", "1.0", "--kind", "")
    assert (refused.code, "in this version" in refused.messages) == (1, True)
    values = ("--version", "2.0", "--label", "Odd@2.0", "--kind", "")
    ending = await admin(*repair, damaged[1], *PLACE, *values, "--json")
    assert ending.lines == [{"repaired": damaged[1]}]
    applications = (await admin("applications", "list", *PLACE, "--json")).lines
    assert [(each["name"], each["version"], each["kind"]) for each in applications[1:]] == [
        ("Odd", "1.0", "APPLICATION"),
        ("Odd", "2.0", "APPLICATION"),
    ]


async def test_what_says_nothing_new_is_2(desk: Desk, damaged: tuple[str, str]) -> None:
    ending = await desk.as_("admin")("damaged-entries", "repair", damaged[0], *PLACE)
    assert (ending.code, "Say what the entry shall have" in ending.messages) == (2, True)


async def test_none_is_removed_unasked(desk: Desk, damaged: tuple[str, str]) -> None:
    admin, remove = desk.as_("admin"), ("damaged-entries", "remove")
    asked = await admin(*remove, damaged[0], *PLACE)
    assert (asked.code, f"Remove {damaged[0]} from source? Say so with --yes." in asked.messages) == (2, True)
    assert len((await admin("damaged-entries", "list", *PLACE, "--json")).lines) == 2
    ending = await admin(*remove, *damaged, "4:none:9", *PLACE, "--yes")
    assert (ending.code, ending.output.split()) == (3, list(damaged))
    assert (await admin("damaged-entries", "list", *PLACE, "--json")).lines == []


async def test_they_are_an_administrators(desk: Desk, damaged: tuple[str, str]) -> None:
    for words in (("remove", "--yes"), ("repair", "--version", "1")):
        assert (await desk.as_("importer")("damaged-entries", words[0], damaged[0], *PLACE, *words[1:])).code == 4
