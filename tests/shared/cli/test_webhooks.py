"""The tenant's webhook is set, shown and taken away by commands."""

from __future__ import annotations

from tests.shared.cli.conftest import Desk

URL = "https://93.184.215.14/hook"


async def test_a_webhook_is_set_shown_and_deleted(desk: Desk) -> None:
    admin = desk.as_("admin")
    assert (await admin("webhook", "show")).code == 1
    made = await admin("webhook", "set", URL, "--outcomes", "failed,cancelled", "--kind", "import", "--off")
    assert made.code == 0, made.messages
    assert desk.world.webhooks.webhooks["acme"].secret in made.output
    (shown,) = (await admin("webhook", "show", "--json")).lines
    assert (shown["url"], shown["outcomes"], shown["kinds"]) == (URL, ["failed", "cancelled"], ["import"])
    assert shown["enabled"] is False
    assert "secret" not in shown
    (changed,) = (await admin("webhook", "set", URL, "--json")).lines
    assert (changed["outcomes"], changed["enabled"]) == (None, True)
    assert "secret" not in changed
    assert "whsec_" in (await admin("webhook", "set", URL, "--new-secret")).output
    assert (await admin("webhook", "deliveries", "--json")).lines == []
    assert (await admin("webhook", "redeliver", "none")).code == 1
    assert (await admin("webhook", "delete", "--yes")).code == 0
    assert desk.world.webhooks.webhooks == {}
    assert (await admin("webhook", "test")).code == 1


async def test_an_address_of_ones_own_machine_is_refused_with_a_word(desk: Desk) -> None:
    refused = await desk.as_("admin")("webhook", "set", "https://127.0.0.1/")
    assert refused.code != 0
    assert "GRAPHFERRY_WEBHOOK_NETWORKS" in refused.messages


async def test_it_is_for_administrators(desk: Desk) -> None:
    assert (await desk.as_("user")("webhook", "show")).code == 4
