"""Text in other encodings than UTF-8 is taken where the charset says so; where it does not, the way out is told."""

from __future__ import annotations

import codecs
import json

import pytest

from tests.gateway.conftest import Client, World

NAME = "Müller"
TEXT = json.dumps({"database": "source", "applications": [{"name": NAME}]}, ensure_ascii=False)


async def export(client: Client, world: World, body: bytes, charset: str | None) -> tuple[int, dict[str, str]]:
    kind = "application/json" if charset is None else f"application/json; charset={charset}"
    answer = await client.post("/api/v1/exports", data=body, headers={**world.as_("admin"), "Content-Type": kind})
    return answer.status, await answer.json()


@pytest.fixture(autouse=True)
def application(world: World) -> None:
    world.databases["source"].add_node(["Application"], {"Name": NAME})
    world.databases["source"].add_node([NAME])


@pytest.mark.parametrize(
    ("codec", "charset"),
    [
        ("utf-8-sig", None),
        ("utf-8-sig", "UTF-8"),
        ("utf-8", "utf8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16le"),
        ("utf-16-be", "utf-16be"),
        ("latin-1", "ISO-8859-1"),
        ("cp1252", "windows-1252"),
        ("iso8859-15", '"iso-8859-15"'),
    ],
)
async def test_what_the_charset_says_is_read(client: Client, world: World, codec: str, charset: str | None) -> None:
    assert (await export(client, world, TEXT.encode(codec), charset))[0] == 202


async def test_wide_text_with_a_byte_order_mark_of_its_own(client: Client, world: World) -> None:
    assert (await export(client, world, codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16le"))[0] == 202


@pytest.mark.parametrize(
    ("codec", "charset", "status", "told"),
    [
        ("utf-16", None, 400, "looks like UTF-16; send UTF-8, or name the charset"),
        ("utf-16-le", "utf-8", 400, "looks like UTF-16"),
        ("latin-1", None, 400, "send UTF-8, or name the charset in Content-Type"),
        ("utf-8", "utf-16", 400, "is not utf-16, as its Content-Type says"),
        ("utf-8", "utf-7", 415, "Charset 'utf-7' is not taken; send one of utf-8,"),
        ("utf-8", "unicode_escape", 415, "is not taken"),
        ("utf-8", "klingon", 415, "is not taken"),
    ],
)
async def test_what_it_does_not_say_is_told(
    client: Client, world: World, codec: str, charset: str | None, status: int, told: str
) -> None:
    answer = await export(client, world, TEXT.encode(codec) + b" " * (len(TEXT.encode(codec)) % 2 == 0), charset)
    assert (answer[0], told in answer[1]["detail"]) == (status, True), answer
