"""A part of a file is sent as Range, If-Range and If-None-Match ask."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bodies.downloads import attachment, parse_range
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
    ],
)
async def test_a_part(client: Client, world: World, header: str, part: slice) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "Range": header})
    assert response.status == 206
    assert await response.read() == CONTENT[part]
    first, last, _ = part.indices(len(CONTENT))
    assert response.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(CONTENT)}"
    assert response.headers["ETag"] == ETAG


@pytest.mark.parametrize("header", ["bytes=5-4", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", ""])
async def test_a_range_that_is_none_is_passed_over(client: Client, world: World, header: str) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "Range": header})
    assert (response.status, await response.read()) == (200, CONTENT)


@pytest.mark.parametrize("header", [f"bytes={len(CONTENT)}-", "bytes=-0"])
async def test_a_range_behind_the_end(client: Client, world: World, header: str) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "Range": header})
    assert response.status == 416
    assert response.headers["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert (await response.json())["code"] == "RANGE_NOT_SATISFIABLE"


async def test_a_part_of_another_content_is_not_sent(client: Client, world: World) -> None:
    headers = {**world.as_("admin"), "Range": "bytes=1-2"}
    response = await client.get(URL, headers={**headers, "If-Range": ETAG})
    assert (response.status, await response.read()) == (206, CONTENT[1:3])
    response = await client.get(URL, headers={**headers, "If-Range": '"another"'})
    assert (response.status, await response.read()) == (200, CONTENT)


@pytest.mark.parametrize("condition", [ETAG, f'"x", W/{ETAG}', "*"])
async def test_what_the_caller_has_is_not_sent_again(client: Client, world: World, condition: str) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "If-None-Match": condition})
    assert (response.status, await response.read(), response.headers["ETag"]) == (304, b"", ETAG)


async def test_what_the_caller_has_not_is_sent(client: Client, world: World) -> None:
    response = await client.get(URL, headers={**world.as_("admin"), "If-None-Match": '"another"'})
    assert (response.status, await response.read()) == (200, CONTENT)


@given(header=st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True), size=st.integers(0, 2000))
def test_a_range_lies_within_the_file(header: str, size: int) -> None:
    try:
        wanted = parse_range(header, size)
    except RangeNotSatisfiableError:
        wanted = None
    assert wanted is None or (len(wanted) > 0 and 0 <= wanted.start < wanted.stop <= size)


def test_quotes_in_a_name_stay_inside_the_header() -> None:
    assert attachment('a"\\;\r\n.zip') == "attachment; filename=\"a__;__.zip\"; filename*=UTF-8''a%22%5C%3B%0D%0A.zip"
