"""The contract of the catalogue's scripts, field by field: names, order, types, messages, statuses."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.gateway.dialects.darwin.conftest import Darwin, names_in, package_of, read, version

MESSAGE = ["messageType", "message", "messageKey", "property"]
SHOP = {"name": "Shop", "major": 1, "minor": 0, "micro": 0, "qualifier": "", "type": "APPLICATION_VERSION"}
SAVED = [
    ("INFO", "Application saved successfully.", None),
    ("INFO", "Shop{}:1.0.0", "APPLICATION_VERSION_{}"),
    ("INFO", "Service saved successfully.", None),
    ("INFO", "Payment{}:2.1.0", "SERVICE_VERSION_{}"),
    ("INFO", "Script task saved successfully.", None),
    ("INFO", "Clean{}:1.0.0-rc1", "SCRIPT_TASK_VERSION_{}"),
]
TO_TARGET = "?database=target"
DONE = ("INFO", "Import succeeded.", "IMPORT_SUCCESS")
PENDING = "Relationships to other applications that were not created, for their far node was not found: 1."
ENDING = [("WARN", PENDING, "REFERENCES_PENDING"), DONE]
"""Another application refers to the service, and is not in the target."""


def told(body: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Give the messages of an answer whose fields are those of the contract."""
    assert list(body) == ["errors", "messageList"]
    assert isinstance(body["errors"], bool)
    assert all(list(each) == MESSAGE for each in body["messageList"])
    assert all(each["property"] is None for each in body["messageList"])
    return [(each["messageType"], each["message"], each["messageKey"]) for each in body["messageList"]]


def saved(suffix: str, ending: str) -> list[tuple[str, str, str | None]]:
    return [(kind, text.format(suffix), key and key.format(ending)) for kind, text, key in SAVED]


@pytest.fixture
async def package(darwin: Darwin) -> bytes:
    return await package_of(await darwin.export(SHOP))


async def test_an_export(darwin: Darwin) -> None:
    body = await read(await darwin.export(SHOP, strip=True))
    assert list(body) == ["errors", "messageList", "result"]
    assert (body["errors"], body["messageList"]) == (False, [])
    package = base64.b64decode(body["result"], validate=True)
    assert names_in(package) == ["Shop:1.0.0", "Payment:2.1.0", "Clean:1.0.0-rc1"]


@pytest.mark.parametrize("changed", [{"qualifier": None}, {"qualifier": ""}])
async def test_a_qualifier_may_be_left_open(darwin: Darwin, changed: dict[str, Any]) -> None:
    assert await package_of(await darwin.export({**SHOP, **changed}))
    left_out = {key: each for key, each in SHOP.items() if key != "qualifier"}
    assert await package_of(await darwin.post("export", {"exportRequestParameter": [left_out]}))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"exportRequestParameter": []}, 400),
        ({"exportRequestParameter": [{**SHOP, "type": "SHOP_VERSION"}]}, 400),
        ({"exportRequestParameter": [{**SHOP, "major": "one"}]}, 400),
        ({"exportRequestParameter": [{**SHOP, "name": "None"}]}, 404),
        ({"exportRequestParameter": [{**SHOP, "major": 7}]}, 404),
        ({"exportRequestParameter": [{**SHOP, "type": "SERVICE_VERSION"}]}, 404),
    ],
)
async def test_exports_that_are_refused(darwin: Darwin, body: dict[str, Any], status: int) -> None:
    answer = await read(await darwin.post("export", body), status)
    assert [kind for kind, _, _ in told(answer)] == ["ERROR"]
    assert answer["errors"] is True


async def test_the_first_import(darwin: Darwin, package: bytes) -> None:
    body = await read(await darwin.import_(package, "SKIP", query=TO_TARGET))
    assert told(body) == [*saved("", "CREATED"), *ENDING]
    assert body["errors"] is False


@pytest.mark.parametrize("times", [1, 2])
async def test_a_package_may_be_encoded_twice(darwin: Darwin, package: bytes, times: int) -> None:
    for _ in range(times - 1):
        package = base64.b64encode(package)
    assert told(await read(await darwin.import_(package, "OVERWRITE", query=TO_TARGET)))[-1] == DONE


async def test_an_import_over_what_is_there(darwin: Darwin, package: bytes) -> None:
    await read(await darwin.import_(package, "SKIP", query=TO_TARGET))
    replaced = told(await read(await darwin.import_(package, "OVERWRITE", query=TO_TARGET)))
    assert replaced == [*saved("", "UPDATED"), *ENDING]
    skipped = told(await read(await darwin.import_(package, "SKIP", query=TO_TARGET)))
    assert [key for _, _, key in skipped if key] == [
        "APPLICATION_VERSION_SKIPPED",
        "SERVICE_VERSION_SKIPPED",
        "SCRIPT_TASK_VERSION_SKIPPED",
        "IMPORT_SUCCESS",
    ]


async def test_others_that_an_overwrite_affects(darwin: Darwin, package: bytes) -> None:
    messages = told(await read(await darwin.import_(package, "OVERWRITE")))
    affected = ("WARN", "Other:1.0.0 uses what was overwritten.", "APPLICATION_VERSION_AFFECTED")
    assert messages == [*saved("", "UPDATED"), affected, DONE]


async def test_an_import_as_new(darwin: Darwin, package: bytes) -> None:
    body = await read(await darwin.import_(package, "IMPORTASNEW", "two", query=TO_TARGET))
    assert told(body) == [*saved("_two", "CREATED"), *ENDING]
    body = await read(await darwin.import_(package, "IMPORTASNEW", "two", query=TO_TARGET))
    assert body["errors"] is True
    assert [(kind, key) for kind, _, key in told(body)] == [
        ("ERROR", "APPLICATION_VERSION_CONFLICT"),
        ("ERROR", "SERVICE_VERSION_CONFLICT"),
        ("ERROR", "SCRIPT_TASK_VERSION_CONFLICT"),
        ("ERROR", "IMPORT_FAILED"),
    ]
    for suffix in (None, ""):
        answer = await read(await darwin.import_(package, "IMPORTASNEW", suffix), 400)
        assert [(kind, key) for kind, _, key in told(answer)] == [("ERROR", "INVALID_REQUEST")]


async def test_a_check_writes_nothing(darwin: Darwin, package: bytes) -> None:
    before = len(darwin.content().nodes)
    absent = told(await read(await darwin.import_(package, "CHECK", query=TO_TARGET)))
    assert next(key for _, _, key in absent if key) == "APPLICATION_VERSION_NOT_FOUND"
    assert len(darwin.content().nodes) == before
    await read(await darwin.import_(package, "SKIP", query=TO_TARGET))
    present = told(await read(await darwin.import_(package, "CHECK", query=TO_TARGET)))
    assert next(key for _, _, key in present if key) == "APPLICATION_VERSION_CONFLICT"


async def test_a_bad_package_is_told_where_clients_look(darwin: Darwin) -> None:
    body = await read(await darwin.import_(b"no archive", "SKIP"))
    assert body["errors"] is True
    assert [(kind, key) for kind, _, key in told(body)] == [("ERROR", "INVALID_ARCHIVE"), ("ERROR", "IMPORT_FAILED")]


@pytest.mark.parametrize(
    "changed", [{"conflictResolutionAction": "MERGE"}, {"exportPackage": ""}, {"exportPackage": 1}]
)
async def test_imports_that_are_refused(darwin: Darwin, package: bytes, changed: dict[str, Any]) -> None:
    sent = {"exportPackage": base64.b64encode(package).decode(), "conflictResolutionAction": "SKIP", **changed}
    assert told(await read(await darwin.post("import", sent), 400))[0][0] == "ERROR"


async def test_other_tenants_and_databases(darwin: Darwin) -> None:
    assert (await darwin.export(version("Shop"), query="?database=none")).status == 404
    assert (await darwin.export(version("Shop"), query="?database=target")).status == 404
    assert (await darwin.export(version("Shop"), caller="admin")).status == 403
