"""GraphML keys: one declaration for each property key, value kind and element sort."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from shared.archive.values.text import json_text
from shared.archive.values.value_kinds import Kind
from shared.archive.values.xml_text import escape_attribute, is_allowed, make_allowed

GRAPHML_NAMESPACE: Final = "http://graphml.graphdrawing.org/xmlns"
OUR_NAMESPACE: Final = "urn:graphferry:graphml"
DIALECT_VERSION: Final = "1"
LABELS_KEY: Final = "labels"
LABEL_KEY: Final = "label"

GRAPH_START: Final = '<graph id="G" edgedefault="directed">\n'
NODE_END: Final = "</node>\n"
EDGE_END: Final = "</edge>\n"
DOCUMENT_END: Final = "</graph>\n</graphml>\n"
_DOCUMENT_START: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<graphml xmlns="{GRAPHML_NAMESPACE}" xmlns:f="{OUR_NAMESPACE}" f:version="{DIALECT_VERSION}">\n'
    f'<key id="{LABELS_KEY}" for="node" attr.name="labels" attr.type="string"/>\n'
    f'<key id="{LABEL_KEY}" for="edge" attr.name="label" attr.type="string"/>\n'
)
OWN_KEYS: Final = 2
"""Declared in every document: those of labels and types."""
_UNSAFE: Final = re.compile("[^A-Za-z0-9_]")


class Sort(StrEnum):
    """GraphML's word for what a key belongs to."""

    NODE = "node"
    EDGE = "edge"


class Key(NamedTuple):
    """A property key as one document declares it."""

    sort: Sort
    name: str
    kind: Kind


def key_id(key: Key) -> str:
    """Return the id that this key has in every document, so that equal elements have equal texts."""
    safe = _UNSAFE.sub(lambda match: f"-{ord(match[0]):x}-", key.name)
    return f"{key.sort[0]}.{safe}.{key.kind.code}"


def document_start(keys: Iterable[Key]) -> str:
    """Write everything before the first node."""
    declarations = sorted((key_id(key), _declaration(key)) for key in keys)
    return _DOCUMENT_START + "".join(text for _, text in declarations) + GRAPH_START


def _declaration(key: Key) -> str:
    kind = key.kind
    text = f'<key id="{key_id(key)}" for="{key.sort}" attr.name="{escape_attribute(make_allowed(key.name))}"'
    text += f' attr.type="{kind.attr_type}"'
    if kind.attr_list is not None:
        text += f' attr.list="{kind.attr_list}"'
    if kind.hint is not None:
        text += f' f:type="{kind.hint}"'
    return text + exact_attribute("name", key.name, exact=is_allowed(key.name)) + "/>\n"


def exact_attribute(attribute: str, value: str | list[str], *, exact: bool) -> str:
    """Write our attribute with the JSON of what the standard one cannot carry; nothing where it can."""
    return "" if exact else f' f:{attribute}="{escape_attribute(json_text(value))}"'
