"""What is told of nodes because of which an import is refused has an end."""

from __future__ import annotations

from shared.graph import NodeRow
from shared.jobs.summaries import Refusal
from shared.joining.refusals import LISTED_NAMES, LONGEST_TEXT, Refusals
from shared.node_keys import KeyForm

FORM = KeyForm(label="Kind", properties=("name",))


def test_long_keys_and_many_names_are_cut() -> None:
    names = [f"p{number:04}" for number in range(LISTED_NAMES + 1)]
    row: NodeRow = (0, ["Kind", *names], {"name": "x" * 1_000_000})
    refusals = Refusals("App", room=1)
    refusals.add(row, FORM, Refusal.DIFFERS, names)
    (refused,) = refusals.listed
    assert refused.key == {"name": {"type": "s", "text": "x" * LONGEST_TEXT + "…"}}
    assert refused.properties == tuple(names[:LISTED_NAMES])
    assert len(refused.labels) == LISTED_NAMES
    assert len(refusals.message or "") < 10 * LONGEST_TEXT


def test_all_are_counted_and_the_first_listed() -> None:
    refusals = Refusals("App", room=2)
    for number in range(3):
        refusals.add((number, ["Kind"], {"name": str(number)}), FORM, Refusal.TWICE)
    assert (refusals.count, [each.key["name"]["text"] for each in refusals.listed]) == (3, ["0", "1"])
    assert "2 more of its nodes are refused" in (refusals.message or "")
