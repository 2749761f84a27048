"""Which names of labels, types and property keys an archive may carry."""

from __future__ import annotations

from shared.archive.limits import ArchiveLimits, Setting
from shared.catalogue import RESERVED_PREFIXES


def check_label_count(count: int, limits: ArchiveLimits) -> None:
    """Raises: ValueError for a node with more labels than can be written."""
    if count > limits.labels:
        raise ValueError(f"{count} labels; at most {limits.labels} are allowed on one node")


def check_values_size(size: int, limits: ArchiveLimits) -> None:
    """Raises: ValueError for an element whose values take more bytes together than it may have."""
    if size > limits.element_bytes:
        raise ValueError(
            f"values of {size} bytes together; at most {limits.element_bytes} are allowed, which are 32 MiB or twice "
            f"{Setting.VALUE_BYTES}. Give some of them to other nodes, or raise the setting"
        )


def check_name(what: str, name: str, limits: ArchiveLimits) -> str:
    """Return the name of a label, type or property of content. Raises: ValueError that says why it cannot travel."""
    check_storable_name(what, name, limits)
    if name.startswith(RESERVED_PREFIXES):
        raise ValueError(f"the {what} {name!r} is reserved for records of imports; rename it")
    return name


def check_storable_name(what: str, name: str, limits: ArchiveLimits) -> None:
    """Refuse a name that servers do not take. Raises: ValueError."""
    if not name:
        raise ValueError(f"an empty {what}")
    if "\0" in name:
        raise ValueError(f"a {what} with the character U+0000, which no server takes")
    if len(name) > limits.name_characters:
        raise ValueError(f"a {what} of {len(name)} characters; at most {limits.name_characters} are allowed")
