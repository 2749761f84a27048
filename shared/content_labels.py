"""Labels that content brings, by which another application would find it."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import CatalogueContentError


def require_plain_labels(name: str, labels: Mapping[str, int], scopes: Mapping[str, str]) -> None:
    """Refuse an application whose nodes, counted by label, carry a scope label; these come with whose they are.

    Raises: CatalogueContentError.
    """
    for label, count in labels.items():
        if (owner := scopes.get(label)) is not None:
            raise CatalogueContentError(
                f"{count} nodes of {name!r} carry the label {label!r}, by which the database finds application "
                f"{owner!r}."
            )
