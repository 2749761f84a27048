"""XML of our own documents: strict about every element, foreign ones skipped and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from typing_extensions import override

from shared.archive.graphml.keys import GRAPHML_NAMESPACE
from shared.archive.graphml.safe_xml import SafeXml, short
from shared.archive.limits import ArchiveLimits

FOREIGN_SKIPPED: Final = "elements of foreign namespaces skipped"


class StrictXml(SafeXml):
    """Calls back with local names."""

    def __init__(
        self,
        entry: str,
        limits: ArchiveLimits,
        *,
        on_start: Callable[[str, str, Mapping[str, str]], None],
        on_end: Callable[[str, str], None],
        with_text: frozenset[str],
    ) -> None:
        super().__init__(entry, limits)
        self.holds_foreign = False
        """Whether the element that may hold text, open or just ended, holds foreign elements."""
        self._on_start = on_start
        self._on_end = on_end
        self._with_text = with_text
        self._skipping = 0

    @override
    def declared(self, version: str, encoding: str | None, standalone: int, /) -> None:
        if version != "1.0" or (encoding or "UTF-8").upper() != "UTF-8":
            self.refuse(f"XML {version} in {encoding}: only XML 1.0 in UTF-8 is allowed")

    @override
    def started(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        parent = self.path[-2] if len(self.path) > 1 else ""
        if len(self.path) > self.limits.depth:
            self.refuse(f"Nested deeper than {self.limits.depth} elements")
        if parent not in self._with_text:
            self._require_blank(self.take_text())
        if self._skipping or (namespace and not namespace.startswith(GRAPHML_NAMESPACE)):
            self._skip()
        else:
            self.holds_foreign = False
            self._on_start(parent, local, {short(key): value for key, value in attributes.items()})

    def _skip(self) -> None:
        if len(self.path) == 1:
            self.refuse("The root element is not <graphml>")
        if not self._skipping:
            self.warnings[FOREIGN_SKIPPED] += 1
            self.holds_foreign = True
        self._skipping += 1

    @override
    def ended(self, local: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        text = self.take_text()
        if local not in self._with_text:
            self._require_blank(text)
        self._on_end(local, text)

    @override
    def characters(self, text: str, /) -> None:
        if not self._skipping:
            self.keep(text)

    def _require_blank(self, text: str) -> None:
        if text := text.strip():
            self.refuse(f"Text between elements: {text[:40]!r}")
