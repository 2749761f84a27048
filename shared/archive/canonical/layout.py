"""The template of an element's canonical text, one for all elements with the same labels, keys and value kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.archive.graphml.keys import LABEL_KEY, LABELS_KEY, Key, Sort, exact_attribute, key_id
from shared.archive.values.xml_text import escape_attribute, escape_text, is_allowed, make_allowed

_SLOT: Final = "%s"
DATA_END: Final = "</data>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """What all elements of one layout have in common."""

    sort: Sort
    labels: tuple[str, ...]
    """A node's sorted labels, or a relationship's type alone."""
    keys: tuple[Key, ...]
    """Sorted by name."""
    stripped: tuple[str, ...]
    """Property keys left out because they are secured."""
    head: str
    """The rest of the start tag, with the labels or the type as data."""
    template: str
    """The element from behind its id (and ends) to its line's end; `%s` for each value."""
    inexact: bool
    """Whether the labels or the type need our attribute."""


def data_start(key: Key) -> str:
    """Return what stands before each value of a key."""
    return f'<data key="{key_id(key)}">'


def make_layout(sort: Sort, labels: Sequence[str], keys: Sequence[Key], stripped: Sequence[str]) -> Layout:
    """Write the template of a layout."""
    head, exact = _node_head(labels) if sort is Sort.NODE else _edge_head(labels[0])
    data = "".join(f"{data_start(key)}{_SLOT}{DATA_END}" for key in keys)
    template = f"{head.replace('%', '%%')}{data}</{sort}>\n"
    return Layout(
        sort=sort,
        labels=tuple(labels),
        keys=tuple(keys),
        stripped=tuple(stripped),
        head=head,
        template=template,
        inexact=not exact,
    )


def _node_head(labels: Sequence[str]) -> tuple[str, bool]:
    if not labels:
        return ">", True
    exact = all(":" not in label and is_allowed(label) for label in labels)
    plain = make_allowed("".join(f":{label}" for label in labels))
    ours = exact_attribute("labels", list(labels), exact=exact)
    data = f'<data key="{LABELS_KEY}">{escape_text(plain)}</data>'
    return f' labels="{escape_attribute(plain)}"{ours}>{data}', exact


def _edge_head(label: str) -> tuple[str, bool]:
    exact = ":" not in label and is_allowed(label)
    plain = make_allowed(label)
    ours = exact_attribute("label", label, exact=exact)
    data = f'<data key="{LABEL_KEY}">{escape_text(plain)}</data>'
    return f' label="{escape_attribute(plain)}"{ours}>{data}', exact
