"""XML of our own documents: strict about every element."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from typing_extensions import override

from shared.archive.graphml.keys import GRAPHML_NAMESPACE
from shared.archive.graphml.safe_xml import SafeXml, short
from shared.archive.limits import ArchiveLimits


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
        self._on_start = on_start
        self._on_end = on_end
        self._with_text = with_text

    @override
    def declared(self, version: str, encoding: str | None, standalone: int, /) -> None:
        if version != "1.0" or (encoding or "UTF-8").upper() != "UTF-8":
            self.refuse(f"XML {version} in {encoding}: only XML 1.0 in UTF-8 is allowed")

    @override
    def started(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        if namespace != GRAPHML_NAMESPACE:
            self.refuse(f"<{local}> is not of the namespace {GRAPHML_NAMESPACE}, but of {namespace or 'none'}")
        self._require_blank(self.take_text())
        parent = self.path[-2] if len(self.path) > 1 else ""
        self._on_start(parent, local, {short(key): value for key, value in attributes.items()})

    @override
    def ended(self, local: str) -> None:
        text = self.take_text()
        if local not in self._with_text:
            self._require_blank(text)
        self._on_end(local, text)

    @override
    def characters(self, text: str, /) -> None:
        self.keep(text)

    def _require_blank(self, text: str) -> None:
        if text := text.strip():
            self.refuse(f"Text between elements: {text[:40]!r}")
