"""What an export request selects, and how its answer reads."""

from __future__ import annotations

import base64
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientPayloadError

from gateway.dialects.darwin import sending
from shared.archive import local_content
from shared.jobs.record import JobKind, Surface
from tests.gateway.dialects.darwin.conftest import Darwin, names_in, package_of, read, version
from tests.support.darwin_messages import message


async def test_the_answer_is_the_archive_to_the_letter(darwin: Darwin) -> None:
    answer = await darwin.export(version("Clean", "1.0.0-rc1", "SCRIPT_TASK"))
    text = await answer.text()
    package = await package_of(answer)
    (job,) = darwin.world.jobs.jobs.values()
    assert job.archive is not None
    async with darwin.world.archives.open_local("acme", job.archive.name) as path:
        assert package == path.read_bytes()
    result = base64.b64encode(package).decode()
    assert text == f'{{"errors":false,"messageList":[],"result":"{result}"}}'
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == str(len(text))
    assert answer.headers["Location"].endswith(f"/api/v1/jobs/{job.id}")
    assert (job.kind, job.surface, job.database, job.created_by) == (
        JobKind.EXPORT,
        Surface.DARWIN,
        "source",
        "architect",
    )


async def test_an_archive_that_is_written_while_it_is_sent_does_not_arrive(
    darwin: Darwin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encode_and_cut(content: bytes) -> tuple[bytes, bytes]:
        for archive in tmp_path.glob("*.scratch"):
            os.truncate(archive, 0)
        return base64.b64encode(content), b""

    monkeypatch.setattr(local_content, "PIECE_BYTES", 300)
    monkeypatch.setattr(sending, "_encode_groups", encode_and_cut)
    answer = await darwin.export(version("Other"))
    with pytest.raises(ClientPayloadError):
        await answer.read()


async def test_what_is_needed_travels_along(darwin: Darwin) -> None:
    package = await package_of(await darwin.export(version("Shop")))
    assert names_in(package) == ["Shop:1.0.0", "Payment:2.1.0", "Clean:1.0.0-rc1"]


async def test_several_are_taken_in_their_order_and_once(darwin: Darwin) -> None:
    wanted = [version("Payment", "2.1.0", "SERVICE"), version("Other"), version("Payment", "2.1.0", "SERVICE")]
    package = await package_of(await darwin.export(*wanted))
    assert names_in(package) == ["Payment:2.1.0", "Other:1.0.0", "Clean:1.0.0-rc1"]


@pytest.mark.parametrize("strip", [False, True])
async def test_secured_properties_are_stripped_on_demand(darwin: Darwin, strip: bool) -> None:
    package = await package_of(await darwin.export(version("Other"), strip=strip))
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".graphml"))
    assert (b"secret of" in content) is not strip


@pytest.mark.parametrize(
    "wanted",
    [
        version("Nobody"),
        version("Shop", "1.0.1"),
        version("Payment", "2.1.0", "APPLICATION"),
        version("Clean", "1.0.0", "SCRIPT_TASK"),
    ],
)
async def test_what_is_not_there_is_unknown(darwin: Darwin, wanted: dict[str, Any]) -> None:
    body = await read(await darwin.export(version("Shop"), wanted), 404)
    told = f"Application {wanted['name']!r} is unknown in database 'source'."
    assert body == {"errors": True, "messageList": [message("ERROR", told, "APPLICATION_UNKNOWN")]}
    assert darwin.world.jobs.jobs == {}


async def test_everything_wrong_is_named_at_once(darwin: Darwin) -> None:
    wrong = {**version("Shop"), "minor": "1", "type": "CLOUD", "micro": -1}
    body = await read(await darwin.export(wrong), 400)
    (told,) = body["messageList"]
    assert (body["errors"], told["messageType"], told["messageKey"]) == (True, "ERROR", "INVALID_REQUEST")
    for part in ("minor", "micro", "type"):
        assert f"exportRequestParameter.0.{part}: " in told["message"]
    assert (await darwin.export()).status == 400
    assert (await darwin.post("export", "{")).status == 400


async def test_a_failed_export_is_told_in_messages(darwin: Darwin) -> None:
    darwin.content("source").add_node(["Shop"], {"huge": "x" * 17 * 1024**2})
    body = await read(await darwin.export(version("Shop")))
    assert (body["errors"], body["result"]) == (True, None)
    (told,) = body["messageList"]
    assert (told["messageType"], told["messageKey"]) == ("ERROR", "UNSUPPORTED_VALUE")


async def test_the_database_may_be_named(darwin: Darwin) -> None:
    darwin.content("target").add_node(["Bare", "Item"], {"number": 1})
    assert names_in(await package_of(await darwin.export(version("Bare"), query="?database=target"))) == ["Bare:1.0.0"]
    for name in ("nowhere", "private"):
        body = await read(await darwin.export(version("Bare"), query=f"?database={name}"), 404)
        assert body["messageList"][0]["messageKey"] == "DATABASE_UNKNOWN"
