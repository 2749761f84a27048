"""Grants are given, listed and taken back by commands."""

from __future__ import annotations

from tests.shared.cli.conftest import Desk


async def test_a_grant_is_given_listed_and_taken_back(desk: Desk) -> None:
    admin = desk.as_("admin")
    given = await admin("grants", "create", "source", "MyApp", "user")
    assert given.code == 0, given.messages
    grant = given.output.strip()
    again = await admin("grants", "create", "source", "MyApp", "user", "--json")
    assert [each["id"] for each in again.lines] == [grant]
    everybody = (await admin("grants", "create", "source", "MyApp")).output.strip()
    listed = (await admin("grants", "list", "--application", "MyApp", "--json")).lines
    assert {each["id"]: each["user"] for each in listed} == {grant: "user", everybody: "*"}
    assert [each["id"] for each in (await admin("grants", "list", "--user", "user", "--json")).lines] == [grant]
    assert (await admin("grants", "list", "--database", "target", "--json")).lines == []
    assert (await admin("grants", "delete", grant)).code == 0
    assert (await admin("grants", "delete", grant)).code == 1
    assert [each["id"] for each in (await admin("grants", "list", "--json")).lines] == [everybody]


async def test_grants_are_not_everybodys_to_give(desk: Desk) -> None:
    assert (await desk.as_("user")("grants", "create", "source", "MyApp", "user")).code == 4


async def test_what_is_not_there_is_not_granted(desk: Desk) -> None:
    admin = desk.as_("admin")
    assert (await admin("grants", "create", "source", "Other")).code == 1
    assert (await admin("grants", "create", "source", "MyApp", "nobody")).code == 1
