"""The forms in which a package arrives."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator

import pytest

from tests.gateway.dialects.darwin.conftest import Darwin, package_of, read, version
from tests.gateway.dialects.darwin.test_importing import TO_TARGET


@pytest.fixture
async def package(darwin: Darwin) -> bytes:
    return await package_of(await darwin.export(version("Other")))


def lines(text: bytes, ending: bytes) -> bytes:
    return b"".join(text[at : at + 76] + ending for at in range(0, len(text), 76))


def forms(package: bytes) -> dict[str, bytes]:
    """Give the package as the JSON text that different clients make of it."""
    once = base64.b64encode(package)
    return {
        "once": once,
        "twice": base64.b64encode(once),
        "without padding": once.rstrip(b"="),
        "in escaped lines": lines(once, b"\\n"),
        "in lines": lines(once, b"\r\n"),
        "twice in lines": lines(base64.b64encode(lines(once, b"\n")), b"\n"),
        "with escaped slashes": once.replace(b"/", b"\\/"),
        "with escaped characters": once.replace(b"U", b"\\u0055"),
    }


@pytest.mark.parametrize("form", list(forms(b"")))
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_all_forms_are_read(darwin: Darwin, package: bytes, form: str, size: int) -> None:
    text = forms(package)[form]
    body = b'{"more": {"exportPackage": "no"}, "exportPackage" : "' + text + b'", "conflictResolutionAction": "CHECK"}'
    headers = darwin.world.as_("architect")

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), size if size > 1 else max(1, len(body) // 500)):
            yield body[at : at + (size if size > 1 else max(1, len(body) // 500))]

    answer = await darwin.client.post(
        f"/darwin/api/2.0/exportimport/import{TO_TARGET['query']}", data=pieces(), headers=headers
    )
    body_read = await read(answer)
    assert body_read["messageList"][1]["message"] == "Other:1.0.0"


@pytest.mark.parametrize("charset", ["utf-16", "utf-8-sig"])
async def test_a_package_may_come_in_another_charset(darwin: Darwin, package: bytes, charset: str) -> None:
    body = json.dumps({"exportPackage": base64.b64encode(package).decode(), "conflictResolutionAction": "CHECK"})
    kind = f"application/json; charset={charset.removesuffix('-sig')}"
    answer = await darwin.client.post(
        f"/darwin/api/2.0/exportimport/import{TO_TARGET['query']}",
        data=body.encode(charset),
        headers={**darwin.world.as_("architect"), "Content-Type": kind},
    )
    assert (await read(answer))["messageList"][1]["message"] == "Other:1.0.0"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"conflictResolutionAction":"SKIP"}', "exportPackage: Field required"),
        ('{"exportPackage":null,"conflictResolutionAction":"SKIP"}', "exportPackage: "),
        ('{"exportPackage":"","conflictResolutionAction":"SKIP"}', "exportPackage is empty"),
        ('{"exportPackage":"UEsDBA=="}', "conflictResolutionAction: Field required"),
        ('{"exportPackage":"UEsDBA==","conflictResolutionAction":"MERGE"}', "conflictResolutionAction: "),
        ('{"exportPackage":"UEsD","exportPackage":"UEsD","conflictResolutionAction":"SKIP"}', "twice"),
        ('{"exportPackage":"UEsDBA==', "not JSON"),
        ('{"exportPackage":"UEsDBA==",}', "not JSON"),
        ('["exportPackage","UEsDBA=="]', "body: "),
        ("", "not JSON"),
    ],
)
async def test_a_malformed_request_is_refused(darwin: Darwin, text: str, told: str) -> None:
    body = await read(await darwin.post("import", text), 400)
    assert body["errors"] is True
    assert told in body["messageList"][0]["message"]
    assert darwin.world.jobs.jobs == {}
    assert await darwin.world.archives.list_archives("acme") == []


async def test_limits_hold_while_the_body_arrives(darwin: Darwin) -> None:
    large = base64.b64encode(b"PK\x03\x04" + bytes(100_000)).decode()
    for body in (
        {"exportPackage": large, "conflictResolutionAction": "SKIP"},
        {"exportPackage": "\n" * 300_000, "conflictResolutionAction": "SKIP"},
        {"more": "x" * 5000, "exportPackage": "UEsDBA==", "conflictResolutionAction": "SKIP"},
    ):
        refused = await read(await darwin.post("import", json.dumps(body)), 413)
        assert refused["messageList"][0]["messageKey"] == "TOO_LARGE"
    compressed = await darwin.post("import", b"x", **{"Content-Encoding": "gzip"})
    assert compressed.status == 415
