"""Where an archive's references lead on the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.imports.decisions import Decision
from shared.catalogue import DEFAULT_VERSION
from shared.references import ExternalReference


class Destinations:
    """What became of each application of an archive: a reference to one that is skipped leads to the kept one."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._names = {each.application.name: each.name for each in decisions}
        self._versions = {
            (each.application.name, each.application.version or DEFAULT_VERSION): each for each in decisions
        }

    def place(self, reference: ExternalReference) -> ExternalReference:
        """Return the reference as the target knows its application."""
        name = reference.application
        if name is None:
            return reference
        decision = self._versions.get((name, reference.version or DEFAULT_VERSION))
        if decision is not None:
            return replace(reference, application=decision.name, version=decision.version)
        return replace(reference, application=self._names.get(name, name))
