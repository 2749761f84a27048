"""The nodes because of which an import is refused: a node that is there has their key."""

from __future__ import annotations

from collections.abc import Sequence

from shared.archive.values.typed_json import typed
from shared.graph import NodeRow, Properties
from shared.jobs.summaries import Refusal, RefusedNode, TypedValues
from shared.node_keys import KeyForm

LISTED = 100
"""Refused nodes that are listed, of all applications of an import together; all are counted."""

LISTED_NAMES = 100
"""Labels, and properties that differ, of a refused node."""

LONGEST_TEXT = 1000
"""Characters of a value in a key; what follows is not told."""

_PLAIN = (str, int, bool)
"""Types whose values are compared as they are; most properties have one of them."""

_REASONS = {
    Refusal.DIFFERS: "The node of the database that has the key differs",
    Refusal.DIFFERS_WITHIN: "Another application of the archive has a node with this key that differs",
    Refusal.TWICE: "Another node of the same application has the key, too",
    Refusal.COPY: "The node of the database that has the key is not joined unasked to its own copy",
}


_WAY_OUT_OF_TWICE = "Change the data, so that only one of them has the key, or drop the constraint."


def differing_properties(ours: Properties, theirs: Properties) -> list[str]:
    """Return the names of the properties that two nodes do not have in common."""
    return sorted(name for name in ours.keys() | theirs.keys() if not _agree(name, ours, theirs))


def _agree(name: str, ours: Properties, theirs: Properties) -> bool:
    here = type(ours.get(name))
    if here in _PLAIN and here is type(theirs.get(name)):
        return ours[name] == theirs[name]
    try:
        return name in ours and name in theirs and typed({name: ours[name]}) == typed({name: theirs[name]})
    except ValueError:
        return False  # the target holds what no archive can carry


class Refusals:
    """Those of one application: counts them, and lists the first."""

    def __init__(self, application: str, *, room: int) -> None:
        """Give them the application's name on the target, and how many may be listed."""
        self.count = 0
        self.listed: list[RefusedNode] = []
        self._application = application
        self._room = room

    def add(
        self,
        row: NodeRow,
        form: KeyForm,
        reason: Refusal,
        properties: Sequence[str] = (),
        *,
        labels_differ: bool = False,
        nodes: tuple[int, ...] = (),
    ) -> None:
        """Note a node with the constraint that stands against it."""
        self.count += 1
        if len(self.listed) >= self._room:
            return
        refused = RefusedNode(
            application=self._application,
            labels=tuple(sorted(row[1])[:LISTED_NAMES]),
            constraint=form.describe(),
            key=_shortened(typed({name: row[2][name] for name in form.properties})),
            reason=reason,
            properties=tuple(properties[:LISTED_NAMES]),
            labels_differ=labels_differ,
            nodes=nodes,
        )
        self.listed.append(refused)

    @property
    def message(self) -> str | None:
        """What an import of this application alone would be refused with because of them; None: nothing."""
        return describe_refusal(self.listed[0], count=self.count) if self.listed else None


def describe_refusal(first: RefusedNode, *, count: int) -> str:
    """Tell of the first of so many nodes that are refused, and of the ways out."""
    others = count - 1
    also = f" {others} more of its nodes are refused; a dry run lists them." if others else ""
    if first.nodes:
        return f"{_describe_twice(first)}{also} Nothing was written. {_WAY_OUT_OF_TWICE}"
    return (
        f"A node of {first.application!r} with labels {list(first.labels)} has a key that is taken under the "
        f"constraint {first.constraint}: {_key(first)}. {_reason(first)}.{also} Nothing was written. Name a label "
        "of such nodes in join_labels, or in GRAPHFERRY_SHARED_LABELS for all imports, to join them to the nodes "
        "that have their keys, which stay as they are; or change the data."
    )


def _describe_twice(refused: RefusedNode) -> str:
    return (
        f"Nodes {' and '.join(map(str, refused.nodes))} of {refused.application!r}, the second with labels "
        f"{list(refused.labels)}, have one key, {_key(refused)}, and the constraint {refused.constraint} leaves it to "
        "one node."
    )


def _shortened(key: TypedValues) -> TypedValues:
    return {name: {**value, "text": _cut(value["text"])} for name, value in key.items()}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _key(refused: RefusedNode) -> str:
    return ", ".join(f"{name} = {value['text']!r}" for name, value in refused.key.items())


def _reason(refused: RefusedNode) -> str:
    differing = [*(repr(each) for each in refused.properties), *(["its labels"] if refused.labels_differ else [])]
    reason = _REASONS[Refusal(refused.reason)]
    return f"{reason} in {', '.join(differing)}" if differing else reason
