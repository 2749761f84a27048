"""XML of other tools' documents: what does not belong to the graph is passed over and counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from typing_extensions import override

from shared.archive.foreign.warnings import Warnings
from shared.archive.graphml.keys import GRAPHML_NAMESPACE
from shared.archive.graphml.safe_xml import SafeXml, short
from shared.archive.limits import ArchiveLimits, Setting

_GRAPHML: Final = re.compile(r"https?://graphml\.graphdrawing\.org/xmlns(?:[/#].*)?|")
_CAPTIONS: Final = frozenset({"NodeLabel", "EdgeLabel", "Label.Text"})
"""Where editors of diagrams keep the text that a reader sees."""
_WITH_TEXT: Final = frozenset({"data", "default"})
_ELEMENTS: Final = frozenset({"node", "edge"})
_DATA: Final = f"{GRAPHML_NAMESPACE} data"


class TolerantXml(SafeXml):
    """Calls back with local names of GraphML's elements."""

    def __init__(
        self,
        entry: str,
        limits: ArchiveLimits,
        *,
        on_start: Callable[[str, str, Mapping[str, str]], bool],
        on_end: Callable[[str, str], None],
        on_data: Callable[[str], None],
    ) -> None:
        """`on_start` returns whether the element is to be passed over with all that it holds.

        `on_data` takes the key of data that begins: most elements are of that kind, so they have a shorter way.
        """
        super().__init__(entry, limits)
        self.warnings = Warnings()
        """What was passed over or changed."""
        self.holds_foreign = False
        """Whether the element that may hold text, open or just ended, holds other elements."""
        self.captions: list[str] = []
        """Texts that a reader of a diagram sees; the caller takes them out."""
        self.changes_namespace = False
        """Whether an element within the root has declared another default namespace than that has."""
        self._on_start = on_start
        self._on_end = on_end
        self._on_data = on_data
        self._skipping = 0
        self._held = ""

    def tell(self, *, on_namespace: Callable[[str], None], on_comment: Callable[[str], None]) -> None:
        """Call back with namespaces that are declared and with comments, too."""

        def start_namespace(prefix: str | None, uri: str | None) -> None:
            self.changes_namespace |= prefix is None and bool(self.path)
            on_namespace(uri or "")

        self._parser.StartNamespaceDeclHandler = start_namespace
        self._parser.CommentHandler = on_comment

    @override
    def declared(self, version: str, encoding: str | None, standalone: int, /) -> None:
        if version not in {"1.0", "1.1"}:
            self.refuse(f"XML {version}: only XML 1.0 and 1.1 are known")

    @override
    def start_tag(self, name: str, attributes: dict[str, str], /) -> None:
        if name == _DATA and len(attributes) == 1 and self._is_at_data() and "key" in attributes:
            self.holds_foreign = False
            self.path.append("data")
            self._on_data(attributes["key"])
        else:
            super().start_tag(name, attributes)

    def _is_at_data(self) -> bool:
        """Return whether data may begin here, with nothing to be counted first."""
        return not self._skipping and not self.text_bytes and bool(self.path) and self.path[-1] in _ELEMENTS

    @override
    def end_tag(self, name: str, /) -> None:
        if name == _DATA and not self._skipping:
            self._on_end("data", self.take_text())
            self.path.pop()
        else:
            super().end_tag(name)

    @override
    def started(self, namespace: str, local: str, attributes: dict[str, str]) -> None:
        if len(self.path) > self.limits.depth:
            self.refuse(f"Nested deeper than {self.limits.depth} elements ({Setting.DEPTH})")
        parent = self.path[-2] if len(self.path) > 1 else ""
        if self._skipping:
            self._skipping += 1
        elif parent in _WITH_TEXT or not (namespace == GRAPHML_NAMESPACE or _GRAPHML.fullmatch(namespace)):
            self._skip_foreign(namespace)
        else:
            self._start_ours(namespace, parent, local, attributes)

    def _skip_foreign(self, namespace: str) -> None:
        if len(self.path) == 1:
            self.refuse(f"The root element is <{self.path[0]}> of {namespace}, not <graphml> of {GRAPHML_NAMESPACE}")
        self.warnings["elements of foreign namespaces skipped"] += 1
        self.holds_foreign = True
        self._skip()

    def _skip(self) -> None:
        self._held = self.take_text()
        self._skipping = 1

    def _start_ours(self, namespace: str, parent: str, local: str, attributes: dict[str, str]) -> None:
        if not parent and namespace != GRAPHML_NAMESPACE:
            self.warnings.note(f"documents whose namespace is {{}}, read as {GRAPHML_NAMESPACE}", namespace or "none")
        if stray := self.take_text():
            self._count_stray(stray)
        self.holds_foreign = False
        if self._on_start(parent, local, {short(key): value for key, value in attributes.items()}):
            self._skip()

    @override
    def ended(self, local: str) -> None:
        if self._skipping:
            self._end_skipped(local)
            return
        text = self.take_text()
        if text and local not in _WITH_TEXT:
            self._count_stray(text)
        self._on_end(local, text)

    def _end_skipped(self, local: str) -> None:
        if local in _CAPTIONS and (caption := self.take_text().strip()):
            self.captions.append(caption)
        self._skipping -= 1
        if not self._skipping:
            self.keep(self._held)
            self._held = ""

    @override
    def characters(self, text: str, /) -> None:
        if self._skipping:
            if self.path[-1] in _CAPTIONS:
                self.keep(text)
        elif not text.isspace() or self.path[-1] in _WITH_TEXT:
            self.keep(text)

    def _count_stray(self, text: str) -> None:
        if text.strip():
            self.warnings["texts between elements left out"] += 1
