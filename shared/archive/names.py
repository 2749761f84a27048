"""Which names of labels, types and property keys an archive may carry."""

from __future__ import annotations

from shared.archive.limits import ArchiveLimits
from shared.catalogue import RESERVED_PREFIXES


def check_name(what: str, name: str, limits: ArchiveLimits) -> str:
    """Return the name. Raises: ValueError that says why it cannot travel."""
    if not name:
        raise ValueError(f"an empty {what}")
    if len(name) > limits.name_characters:
        raise ValueError(f"a {what} of {len(name)} characters; at most {limits.name_characters} are allowed")
    if name.startswith(RESERVED_PREFIXES):
        raise ValueError(f"the {what} {name!r} is reserved for records of imports; rename it")
    return name
