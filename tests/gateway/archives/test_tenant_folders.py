"""Each tenant has a folder for its archives as soon as it is there, and where the volume allows it."""

from __future__ import annotations

from dataclasses import replace

from gateway.archives.tenant_folders import make_folder_keeping
from shared.adapters.folders.archives import ArchiveDirectory
from tests.gateway.conftest import World
from tests.support.rounds import do_rounds


async def test_tenants_that_are_there_get_theirs_at_the_start(world: World) -> None:
    rounds = await do_rounds(make_folder_keeping(world.resources()), 1)
    assert (world.archives.tenants, rounds.logged) == ({"acme", "globex"}, [])


async def test_a_volume_in_the_way_of_one_is_told_and_tried_again(world: World) -> None:
    root = world.settings.archives_dir
    root.mkdir()
    (root / "acme").write_text("in the way")
    keeping = make_folder_keeping(replace(world.resources(), archives=ArchiveDirectory(root)))
    rounds = await do_rounds(keeping, 1)
    assert [(each["event"], each["tenant"]) for each in rounds.logged] == [
        ("folder of a tenant could not be made", "acme")
    ]
    assert (root / "globex").is_dir()
    (root / "acme").unlink()
    assert (await do_rounds(keeping, 1)).logged == []
    assert (root / "acme").is_dir()
