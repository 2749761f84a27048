"""How elements of foreign documents get what their documents do not say in so many words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDefaults:
    """What elements get that say nothing, and where an importer wants other names to come from."""

    label: str | None = None
    type: str | None = "RELATED"
    label_from: str | None = None
    """The name of the key whose values are the nodes' labels."""
    type_from: str | None = None
    """The name of the key whose values are the edges' types."""
    id_property: str | None = None
    """Keeps the nodes' ids. None: `id`, for ids that are more than a number given by a writer; empty: nowhere."""
    parent_property: str = "parent"
    """Keeps the id of the node whose nested graph holds a node; empty: nowhere."""
    one_application: bool = False
    """Read several graphs of a document as one application, instead of one each."""

    def but_for(self, **choices: Any) -> ForeignDefaults:
        """Return these with other choices; those that are None stay as they are here."""
        return replace(self, **{field: choice for field, choice in choices.items() if choice is not None})
