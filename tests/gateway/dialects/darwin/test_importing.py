"""What each action does with what is there, and how its answer reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.references import Direction
from tests.gateway.dialects.darwin.conftest import Darwin, package_of, read, version
from tests.support.darwin_messages import FAILED, SUCCESS, conflicting, message, pending, succeeded, told
from tests.support.memory.graph.source import MemorySource

TO_TARGET = {"query": "?database=target"}
CREATED = told("saved successfully", "CREATED")
WAITING = pending(1)
"""Of the application that uses the service, and is not in the package."""


@pytest.fixture
async def package(darwin: Darwin) -> bytes:
    """A shop with what it needs."""
    return await package_of(await darwin.export(version("Shop")))


async def catalogue(darwin: Darwin, database: str = "target") -> list[str]:
    listed = await MemorySource(darwin.content(database)).list_applications()
    return [f"{each.name}:{each.version or '1.0.0'}" for each in listed]


async def used(darwin: Darwin, label: str) -> list[str]:
    return [each.name for each in await MemorySource(darwin.content()).list_neighbours(label, Direction.OUT)]


def content_of(darwin: Darwin) -> tuple[dict[int, Any], dict[int, Any]]:
    data = darwin.content()
    return dict(data.nodes), dict(data.relationships)


async def test_a_check_lists_what_is_absent(darwin: Darwin, package: bytes) -> None:
    answer = await darwin.import_(package, "CHECK", **TO_TARGET)
    assert await read(answer) == succeeded(*told("does not match", "NOT_FOUND"))
    assert content_of(darwin) == ({}, {})


async def test_a_check_lists_what_matches(darwin: Darwin, package: bytes) -> None:
    await read(await darwin.import_(package, "SKIP", **TO_TARGET))
    before = content_of(darwin)
    body = await read(await darwin.import_(package, "CHECK", **TO_TARGET))
    assert body == succeeded(*told("matches", "CONFLICT"))
    assert content_of(darwin) == before


@pytest.mark.parametrize("action", ["SKIP", "OVERWRITE"])
async def test_what_is_absent_is_created(darwin: Darwin, package: bytes, action: str) -> None:
    body = await read(await darwin.import_(package, action, **TO_TARGET))
    assert body == succeeded(*CREATED, WAITING)
    assert await catalogue(darwin) == ["Clean:1.0.0-rc1", "Payment:2.1.0", "Shop:1.0.0"]
    assert (await used(darwin, "Shop"), await used(darwin, "Payment")) == (["Payment"], ["Clean"])


async def test_a_skip_leaves_what_is_there(darwin: Darwin, package: bytes) -> None:
    await read(await darwin.import_(package, "SKIP", **TO_TARGET))
    before = content_of(darwin)
    body = await read(await darwin.import_(package, "SKIP", **TO_TARGET))
    assert body == succeeded(*told("skipped", "SKIPPED"))
    assert content_of(darwin) == before


async def test_a_skip_rewires_to_what_is_kept(darwin: Darwin, package: bytes) -> None:
    target = darwin.content()
    target.add_node(["Application"], {"Name": "Payment", "Version": "2.1.0", "Kind": "SERVICE"})
    kept = target.add_node(["Payment", "Loose"], {"code": "Payment", "mine": True})
    body = await read(await darwin.import_(package, "SKIP", **TO_TARGET))
    assert body["messageList"] == [
        *CREATED[:2],
        message("INFO", "Service skipped.", None),
        message("INFO", "Payment:2.1.0", "SERVICE_VERSION_SKIPPED"),
        *CREATED[4:],
        SUCCESS,
    ]
    (uses,) = [each for each in target.relationships.values() if each.end == kept]
    assert "Shop" in target.nodes[uses.start].labels
    assert target.nodes[kept].properties == {"code": "Payment", "mine": True}


async def test_an_overwrite_replaces_dependencies_and_warns_of_who_uses_them(darwin: Darwin, package: bytes) -> None:
    await read(await darwin.import_(package, "SKIP", **TO_TARGET))
    target = darwin.content()
    for node in target.nodes.values():
        node.properties.pop("password", None)
    target.add_node(["Application"], {"Name": "Third", "Version": "3.0.0", "Kind": "SERVICE"})
    third = target.add_node(["Third", "Loose"], {"code": "Third"})
    (payment,) = target.content("Payment")
    target.add_relationship(third, payment, "USES")

    body = await read(await darwin.import_(package, "OVERWRITE", **TO_TARGET))

    warning = message("WARN", "Third:3.0.0 uses what was overwritten.", "SERVICE_VERSION_AFFECTED")
    expected = [*told("saved successfully", "UPDATED"), warning, WAITING, SUCCESS]
    assert body == {"errors": False, "messageList": expected}
    for name in ("Shop", "Payment", "Clean"):
        (content,) = target.content(name)
        assert target.nodes[content].properties["password"] == f"secret of {name}"
    assert await used(darwin, "Third") == ["Payment"]
    assert await used(darwin, "Shop") == ["Payment"]


async def test_import_as_new_suffixes_everything(darwin: Darwin, package: bytes) -> None:
    await read(await darwin.import_(package, "SKIP", **TO_TARGET))
    body = await read(await darwin.import_(package, "IMPORTASNEW", "two", **TO_TARGET))
    expected = [*told("saved successfully", "CREATED", suffix="_two"), WAITING, SUCCESS]
    assert body == {"errors": False, "messageList": expected}
    assert len(await catalogue(darwin)) == 6
    assert (await used(darwin, "Shop_two"), await used(darwin, "Payment_two")) == (["Payment_two"], ["Clean_two"])
    assert (await used(darwin, "Shop"), await used(darwin, "Payment")) == (["Payment"], ["Clean"])

    before = content_of(darwin)
    body = await read(await darwin.import_(package, "IMPORTASNEW", "two", **TO_TARGET))
    assert body == conflicting("_two")
    assert content_of(darwin) == before


async def test_dependencies_are_found_without_any_key(darwin: Darwin) -> None:
    for database in ("source", "target"):
        darwin.content(database).reference_keys = {}
    package = await package_of(await darwin.export(version("Shop")))
    body = await read(await darwin.import_(package, "IMPORTASNEW", "two", **TO_TARGET))
    assert body == succeeded(*told("saved successfully", "CREATED", suffix="_two"), WAITING)
    assert (await used(darwin, "Shop_two"), await used(darwin, "Payment_two")) == (["Payment_two"], ["Clean_two"])


@pytest.mark.parametrize("suffix", [None, ""])
async def test_import_as_new_demands_a_suffix(darwin: Darwin, package: bytes, suffix: str | None) -> None:
    body = await read(await darwin.import_(package, "IMPORTASNEW", suffix, **TO_TARGET), 400)
    assert "importAsNewSuffix is needed with IMPORTASNEW" in body["messageList"][0]["message"]
    await nothing_is_left(darwin)


async def test_another_version_of_the_name_is_no_match(darwin: Darwin, package: bytes) -> None:
    target = darwin.content()
    target.add_node(["Application"], {"Name": "Shop", "Version": "9.0.0", "Label": "Shop"})
    target.add_node(["Shop", "Loose"], {"code": "Shop of 9"})
    for action, expected in (("CHECK", "NOT_FOUND"), ("OVERWRITE", "CREATED")):
        body = await read(await darwin.import_(package, action, **TO_TARGET))
        assert not body["errors"], body
        assert body["messageList"][1] == message("INFO", "Shop:1.0.0", f"APPLICATION_VERSION_{expected}")
    assert await catalogue(darwin) == ["Clean:1.0.0-rc1", "Payment:2.1.0", "Shop:1.0.0", "Shop:9.0.0"]
    assert len(target.content("Shop")) == 1


async def test_the_tenant_has_a_catalogue_database(darwin: Darwin, package: bytes) -> None:
    body = await read(await darwin.import_(package, "CHECK"))
    assert body["messageList"] == [*told("matches", "CONFLICT"), SUCCESS]
    await darwin.world.identity.change_tenant("acme", lambda tenant: replace(tenant, catalogue_database="target"))
    body = await read(await darwin.import_(package, "CHECK"))
    assert body["messageList"] == [*told("does not match", "NOT_FOUND"), SUCCESS]


async def nothing_is_left(darwin: Darwin) -> None:
    """Only the job and the archive of the export are there."""
    assert len(darwin.world.jobs.jobs) == 1
    assert len(await darwin.world.archives.list_archives("acme")) == 1


async def test_the_upload_goes_with_its_job(darwin: Darwin, package: bytes) -> None:
    await read(await darwin.import_(package, "SKIP", **TO_TARGET))
    await darwin.world.work()
    assert [each.name.startswith("Shop-") for each in await darwin.world.archives.list_archives("acme")] == [True]


@pytest.mark.parametrize("content", ["no Base64!", "QUJD", "UEsDBAAAAAA=", "UEsDBA==UEsDBA==", "\\q"])
async def test_a_bad_package_is_told_in_messages(darwin: Darwin, package: bytes, content: str) -> None:
    del package
    text = f'{{"exportPackage":"{content}","conflictResolutionAction":"SKIP"}}'
    body = await read(await darwin.post("import", text, **TO_TARGET))
    assert body["errors"] is True
    first, last = body["messageList"]
    assert (first["messageType"], first["messageKey"]) == ("ERROR", "INVALID_ARCHIVE")
    assert last == FAILED
    await nothing_is_left(darwin)


async def test_content_that_only_the_job_judges_is_told_in_messages(darwin: Darwin, package: bytes) -> None:
    broken = bytearray(package)
    at = package.index(b"graphml") + 40
    broken[at] ^= 0xFF
    body = await read(await darwin.import_(bytes(broken), "SKIP", **TO_TARGET))
    assert (body["errors"], body["messageList"][0]["messageKey"]) == (True, "INVALID_ARCHIVE")
    assert body["messageList"][-1] == FAILED
    assert content_of(darwin) == ({}, {})
