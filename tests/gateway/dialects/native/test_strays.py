"""Administrators see and remove what else lies in their tenant's folder."""

from __future__ import annotations

from dataclasses import replace

from shared.adapters.folders.archives import ArchiveDirectory
from tests.gateway.conftest import StartGateway, World

STRAYS = "/api/v1/strays"
LINKED = "/api/v1/archives/link.zip"


async def test_strays_are_listed_and_removed(start_gateway: StartGateway, world: World) -> None:
    client = await start_gateway(replace(world.resources(), archives=ArchiveDirectory(world.settings.archives_dir)))
    folder, theirs = (world.settings.archives_dir / tenant for tenant in ("acme", "globex"))
    for each in (theirs, folder):
        each.mkdir(parents=True, exist_ok=True)
    (theirs / "secret.zip").write_bytes(b"secret")
    (folder / "good.zip").write_bytes(b"x")
    (folder / "link.zip").symlink_to(theirs / "secret.zip")
    (folder / "\udcff\n.zip").write_bytes(b"x")

    answer = await client.get(STRAYS, headers=world.as_("admin"))
    strays = (await answer.json())["strays"]
    assert [(each["name"], each["kind"]) for each in strays] == [("link.zip", "link"), ("\\udcff\\n.zip", "file")]
    assert "symbolic link" in strays[0]["reason"]
    assert "control character" in strays[1]["reason"]
    told = {each: await (await client.get(LINKED, headers=world.as_(each))).json() for each in ("admin", "user")}
    assert {each["code"] for each in told.values()} == {"ARCHIVE_UNKNOWN"}
    assert "symbolic link" in told["admin"]["detail"]
    assert told["user"]["detail"] == "file 'link.zip' not found"
    for each in strays:
        assert (await client.delete(f"{STRAYS}/{each['id']}", headers=world.as_("stranger"))).status == 404
        assert (await client.delete(f"{STRAYS}/{each['id']}", headers=world.as_("user"))).status == 403
        assert (await client.delete(f"{STRAYS}/{each['id']}", headers=world.as_("admin"))).status == 204
        again = await client.delete(f"{STRAYS}/{each['id']}", headers=world.as_("admin"))
        assert (again.status, (await again.json())["code"]) == (404, "STRAY_UNKNOWN")
    assert [each.name for each in folder.iterdir()] == ["good.zip"]
    assert (theirs / "secret.zip").read_bytes() == b"secret"
    assert (await client.get(STRAYS, headers=world.as_("user"))).status == 403
