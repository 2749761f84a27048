"""Tests of how the Admin Center is served."""

from __future__ import annotations

import pytest

from gateway.admin_center.bundle import BUNDLE
from gateway.middlewares.headers import PAGE_POLICY
from tests.gateway.conftest import Client

HEAVIEST = 150_000
"""Bytes that a browser loads for the whole page, compressed."""


async def test_the_page_is_asked_for_anew_and_runs_nothing_from_elsewhere(client: Client) -> None:
    answer = await client.get("/admin/")
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == f"{PAGE_POLICY}; require-trusted-types-for 'script'"


async def test_all_of_it_weighs_little(client: Client) -> None:
    assert client.app is not None
    files = client.app[BUNDLE].values()
    assert sum(len(each.compressed) for each in files) <= HEAVIEST


async def test_its_address_without_a_slash_leads_to_it(client: Client) -> None:
    answer = await client.get("/admin", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "admin/")


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_browsers_are_led_from_the_gateways_address_to_the_page(client: Client, method: str) -> None:
    answer = await client.request(method, "/", headers={"Accept": BROWSER}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"], answer.headers["Vary"]) == (302, "admin/", "Accept")
    followed = await client.get("/", headers={"Accept": BROWSER})
    assert (followed.status, followed.url.path) == (200, "/admin/")


@pytest.mark.parametrize("accepted", [None, "*/*", "application/json", "application/json, text/*;q=0.5"])
async def test_others_find_nothing_at_the_gateways_address(client: Client, accepted: str | None) -> None:
    answer = await client.get("/", headers={} if accepted is None else {"Accept": accepted}, allow_redirects=False)
    assert (answer.status, answer.content_type) == (404, "application/problem+json")
    assert (await answer.json())["code"] == (await (await client.get("/nothing")).json())["code"]


async def test_an_asset_is_kept_for_good_and_the_same_when_compressed(client: Client) -> None:
    assert client.app is not None
    names = [name for name in client.app[BUNDLE] if name.startswith("assets/")]
    assert names
    for name in names:
        plain = await client.get(f"/admin/{name}", headers={"Accept-Encoding": "identity"})
        compressed = await client.get(f"/admin/{name}", headers={"Accept-Encoding": "gzip"})
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Content-Encoding" not in plain.headers
        assert compressed.headers["Content-Encoding"] == "gzip"
        assert await compressed.read() == await plain.read()  # the client undoes it


async def test_an_unknown_asset_is_refused_as_any_route_is(client: Client) -> None:
    answer = await client.get("/admin/assets/nothing.js")
    assert (answer.status, answer.content_type) == (404, "application/problem+json")
