"""A file, or a part of it, is sent as the request's Range and conditions ask."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from gateway.bodies.downloads import attachment
from gateway.bodies.ranges import choose_range
from gateway.http_errors import RangeNotSatisfiableError
from tests.gateway.conftest import Client, World

CONTENT = bytes(range(256)) * 2048
"""Half a megabyte: more than one chunk."""

ETAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'
URL = "/api/v1/archives/a.zip"


@pytest.fixture
def world(world: World) -> World:
    world.archives.put("acme", "a.zip", CONTENT)
    return world


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-300000", slice(5, 300_001)),
        ("bytes=500000-", slice(500_000, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=10-99999999", slice(10, None)),
        ("bytes=-99999999", slice(0, None)),
        ("bytes=1-" + "9" * 5000, slice(1, None)),
        ("bytes=" + "0" * 5000 + "1-2", slice(1, 3)),
        ("bytes=-" + "9" * 30, slice(0, None)),
        ("Bytes=1-2", slice(1, 3)),
        (" bytes = 1-2 , ,", slice(1, 3)),
        ("bytes=1-2,999999-", slice(1, 3)),
    ],
)
async def test_a_part(client: Client, world: World, header: str, part: slice) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "Range": header})
    assert response.status == 206
    assert await response.read() == CONTENT[part]
    first, last, _ = part.indices(len(CONTENT))
    assert response.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(CONTENT)}"
    assert response.headers["ETag"] == ETAG


@pytest.mark.parametrize(
    "header",
    [
        "bytes=5-4",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-1,5-6",
        "bytes=0-1,x",
        "bytes",
        "bytes=,",
        "bytes=+1-2",
        "bytes=1_0-20",
        "bytes=\u0661-\u0662",
        "",
    ],
)
async def test_a_range_that_is_none_is_passed_over(client: Client, world: World, header: str) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "Range": header})
    assert (response.status, await response.read()) == (200, CONTENT)


@pytest.mark.parametrize(
    "header", [f"bytes={len(CONTENT)}-", "bytes=-0", "bytes=" + "9" * 5000 + "-", "bytes=999999-,-0"]
)
async def test_a_range_behind_the_end(client: Client, world: World, header: str) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "Range": header})
    assert response.status == 416
    assert response.headers["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert (await response.json())["code"] == "RANGE_NOT_SATISFIABLE"


async def test_a_range_of_an_empty_file_is_passed_over(client: Client, world: World) -> None:
    world.archives.put("acme", "empty.zip", b"")
    for header in ("bytes=0-", "bytes=-5"):
        response = await client.get("/api/v1/archives/empty.zip", headers={**world.as_("admin"), "Range": header})
        assert (response.status, response.headers["Content-Length"]) == (200, "0")


async def test_two_lines_of_ranges_are_several(client: Client, world: World) -> None:
    headers = [*world.as_("admin").items(), ("Range", "bytes=0-1"), ("Range", "bytes=5-6")]
    response = await client.get(URL, headers=headers)
    assert (response.status, await response.read()) == (200, CONTENT)


async def test_a_head_knows_no_range(client: Client, world: World) -> None:
    for header in ("bytes=1-2", f"bytes={len(CONTENT)}-"):
        response = await client.head(URL, headers={**world.as_("admin"), "Range": header, "If-Range": ETAG})
        assert (response.status, response.headers["Content-Length"]) == (200, str(len(CONTENT)))
        assert "Content-Range" not in response.headers


async def find_file(world: World) -> Path:
    async with world.archives.open_local("acme", "a.zip") as path:
        return path


async def read_time(client: Client, world: World) -> datetime:
    """Return the Last-Modified that a file has once its second is over."""
    async with asyncio.timeout(20):
        while True:
            response = await client.head(URL, headers=world.as_("admin"))
            told = parsedate_to_datetime(response.headers["Last-Modified"])
            if told < parsedate_to_datetime(response.headers["Date"]):
                return told
            await asyncio.sleep(0.05)


def as_header(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        ('"another"', 200),
        (f"W/{ETAG}", 200),
        (ETAG.strip('"'), 200),
        (f'{ETAG}, "another"', 200),
        ("*", 200),
        ("", 200),
    ],
)
async def test_a_part_fits_only_to_the_same_content(client: Client, world: World, condition: str, status: int) -> None:
    headers = {**world.as_("admin"), "Range": "bytes=1-2", "If-Range": condition}
    response = await client.get(URL, headers=headers)
    assert (response.status, await response.read()) == (status, CONTENT[1:3] if status == 206 else CONTENT)


async def test_a_part_fits_to_the_same_time(client: Client, world: World) -> None:
    moment, second = await read_time(client, world), timedelta(seconds=1)
    for named, status in ((moment, 206), (moment - second, 200), (moment + second, 200)):
        headers = {**world.as_("admin"), "Range": "bytes=1-2", "If-Range": as_header(named)}
        assert (await client.get(URL, headers=headers)).status == status


async def test_a_time_within_the_second_of_the_change_fits_to_nothing(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A successor made within that second has the same."""
    now = (await find_file(world)).stat().st_ctime
    monkeypatch.setattr(time, "time", lambda: now)
    told = (await client.head(URL, headers=world.as_("admin"))).headers["Last-Modified"]
    assert parsedate_to_datetime(told) <= datetime.fromtimestamp(now, UTC)
    headers = {**world.as_("admin"), "Range": "bytes=1-2", "If-Range": told}
    assert (await client.get(URL, headers=headers)).status == 200


async def check(client: Client, world: World, method: str, status: int, **conditions: str) -> None:
    headers = {**world.as_("admin"), **{name.replace("_", "-"): value for name, value in conditions.items()}}
    response = await client.request(method, URL, headers=headers)
    content = await response.read()
    assert (response.status, response.headers["ETag"]) == (status, ETAG)
    assert response.headers["Last-Modified"]
    if status == 304:
        assert content == b""
        assert {"Content-Length", "Content-Type"}.isdisjoint(response.headers)
    if status == 412 and method == "GET":
        assert (await response.json())["code"] == "PRECONDITION_FAILED"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 304),
        (f'"x", W/{ETAG}', 304),
        (f'"a,b",,\t{ETAG},', 304),
        ("*", 304),
        ('"another"', 200),
        (f'{ETAG}, "another', 200),
        ("", 200),
    ],
)
async def test_what_the_caller_has_is_not_sent_again(
    client: Client, world: World, method: str, condition: str, status: int
) -> None:
    await check(client, world, method, status, If_None_Match=condition)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [(ETAG, 200), (f'"x", {ETAG}', 200), ("*", 200), ('"another"', 412), (f"W/{ETAG}", 412), (f"{ETAG} x", 412)],
)
async def test_nothing_is_sent_of_another_content(
    client: Client, world: World, method: str, condition: str, status: int
) -> None:
    await check(client, world, method, status, If_Match=condition)


async def test_tags_on_several_lines_are_one_list(client: Client, world: World) -> None:
    for name, status in (("If-Match", 200), ("If-None-Match", 304)):
        headers = [*world.as_("admin").items(), (name, '"another"'), (name, ETAG)]
        assert (await client.get(URL, headers=headers)).status == status


async def test_times_stand_for_tags(client: Client, world: World) -> None:
    moment, second = await read_time(client, world), timedelta(seconds=1)
    now, before = as_header(moment), as_header(moment - second)
    for method in ("GET", "HEAD"):
        await check(client, world, method, 304, If_Modified_Since=now)
        await check(client, world, method, 304, If_Modified_Since=as_header(moment + second))
        await check(client, world, method, 304, If_Modified_Since=f"{moment:%A, %d-%b-%y %H:%M:%S} GMT")
        await check(client, world, method, 304, If_Modified_Since=f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}")
        await check(client, world, method, 200, If_Modified_Since=before)
        await check(client, world, method, 200, If_Unmodified_Since=now)
        await check(client, world, method, 412, If_Unmodified_Since=before)


@pytest.mark.parametrize(
    "time", ["", "x", "0", "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "Sun, 31 Feb 2050 1:1 GMT"]
)
async def test_what_is_no_time_is_no_condition(client: Client, world: World, time: str) -> None:
    await check(client, world, "GET", 200, If_Modified_Since=time)
    await check(client, world, "GET", 200, If_Unmodified_Since=time)


async def test_conditions_have_their_order(client: Client, world: World) -> None:
    moment = await read_time(client, world)
    now, before = as_header(moment), as_header(moment - timedelta(days=1))
    await check(client, world, "GET", 412, If_Match='"another"', If_None_Match=ETAG)
    await check(client, world, "GET", 304, If_Match=ETAG, If_Unmodified_Since=before, If_None_Match=ETAG)
    await check(client, world, "GET", 304, If_Unmodified_Since=now, If_Modified_Since=now)
    await check(client, world, "GET", 200, If_None_Match='"another"', If_Modified_Since=now)
    await check(client, world, "GET", 304, If_None_Match=ETAG, If_Modified_Since=before)
    await check(client, world, "GET", 304, If_None_Match=ETAG, Range="bytes=1-2", If_Range=ETAG)
    await check(client, world, "GET", 412, If_Match='"another"', Range="bytes=999999-")
    await check(client, world, "GET", 206, If_Match=ETAG, Range="bytes=1-2")


@pytest.mark.parametrize("change", [b"", b"x" * len(CONTENT) * 24, b"short"])
async def test_a_file_written_anew_while_it_is_sent_does_not_arrive(
    client: Client, world: World, change: bytes
) -> None:
    """Nor is the rest of one answer taken for the beginning of the next."""
    world.archives.put("acme", "a.zip", CONTENT * 24)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    request = f"GET {URL} HTTP/1.1\r\nHost: x\r\nX-API-KEY: {world.keys['admin']}\r\n\r\n".encode()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    path = await find_file(world)
    path.write_bytes(change)
    os.utime(path, (1, 1))
    writer.write(request)
    with pytest.raises(asyncio.IncompleteReadError):
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r")[0]))
    writer.close()


RESUMED_BY = pytest.mark.parametrize(
    "command",
    [
        ["curl", "-sSf", "-C", "-", "-o", "a.zip"],
        ["wget", "-q", "-c", "-O", "a.zip"],
        ["aria2c", "-q", "-c", "-o", "a.zip"],
    ],
    ids=lambda command: command[0],
)


async def resume(client: Client, world: World, command: list[str], folder: Path, *, gives_anew: bool) -> bytes:
    """Go on by a link with a download of which a part is there; return what is there in the end."""
    if shutil.which(command[0]) is None:
        pytest.skip("it is not installed")
    made = await (await client.post(f"{URL}/link", headers=world.as_("admin"))).json()
    if gives_anew:
        world.archives.put("acme", "a.zip", CONTENT[::-1])
    (folder / "a.zip").write_bytes(CONTENT[:1000])
    url = client.make_url(yarl.URL(made["url"]).path.removeprefix("/base"))
    process = await asyncio.create_subprocess_exec(*command, str(url), cwd=folder, stdout=subprocess.DEVNULL)
    assert (await process.wait() != 0) == gives_anew
    return (folder / "a.zip").read_bytes()


@RESUMED_BY
async def test_a_tool_goes_on_by_a_link(client: Client, world: World, tmp_path: Path, command: list[str]) -> None:
    assert await resume(client, world, command, tmp_path, gives_anew=False) == CONTENT


@RESUMED_BY
async def test_a_tool_that_goes_on_by_a_link_mixes_no_two_files(
    client: Client, world: World, tmp_path: Path, command: list[str]
) -> None:
    assert await resume(client, world, command, tmp_path, gives_anew=True) == CONTENT[:1000]


@given(header=st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True), size=st.integers(0, 2000))
def test_a_range_lies_within_the_file(header: str, size: int) -> None:
    try:
        wanted = choose_range(header, size)
    except RangeNotSatisfiableError:
        wanted = None
    assert wanted is None or (len(wanted) > 0 and 0 <= wanted.start < wanted.stop <= size)


def test_quotes_in_a_name_stay_inside_the_header() -> None:
    assert attachment('a"\\;\r\n.zip') == "attachment; filename=\"a__;__.zip\"; filename*=UTF-8''a%22%5C%3B%0D%0A.zip"
