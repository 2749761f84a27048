"""What lies in the archive folder and can be no archive is listed and removed by commands."""

from __future__ import annotations

from shared.ports.archives import Stray, StrayKind
from tests.shared.cli.conftest import Desk


async def test_strays_are_listed_and_removed_when_that_is_confirmed(desk: Desk) -> None:
    link = Stray(id="1" * 32, name="link.zip", kind=StrayKind.LINK, reason="linked")
    folder = Stray(id="2" * 32, name="old", kind=StrayKind.FOLDER, reason="nested")
    desk.world.archives.strays.update({("acme", each.id): each for each in (link, folder)})
    admin = desk.as_("admin")
    listed = await admin("strays", "list")
    assert [line.split() for line in listed.output.splitlines()[1:]] == [
        [link.id, "link.zip", "link", "linked"],
        [folder.id, "old", "folder", "nested"],
    ]
    asked = await admin("strays", "remove", link.id)
    assert (asked.code, "Say so with --yes." in asked.messages) == (2, True)
    ending = await admin("strays", "remove", link.id, "3" * 32, "--yes")
    assert (ending.code, ending.output) == (3, f"{link.id}\n")
    (left,) = (await admin("strays", "list", "--json")).lines
    assert left == {"id": folder.id, "name": "old", "kind": "folder", "reason": "nested"}


async def test_strays_are_an_administrators(desk: Desk) -> None:
    for words in (("list",), ("remove", "1" * 32, "--yes")):
        assert (await desk.as_("user")("strays", *words)).code == 4
