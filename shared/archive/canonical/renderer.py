"""Renders rows to canonical texts: by templates where values are plain, one by one where they are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.archive.canonical.columns import DOUBTFUL_TYPES, NotPlainError, find_column_kind
from shared.archive.canonical.layout import Layout, make_layout
from shared.archive.canonical.shapes import Batch, Shape, Signature, make_shape
from shared.archive.graphml.keys import Key, Sort
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.names import check_label_count, check_name, check_values_size
from shared.archive.values.value_kinds import KINDS_OF_TYPES, Kind, kind_of
from shared.archive.values.xml_text import count_bytes, count_special_bytes, escape_text, has_noncharacters, is_steady
from shared.errors import UnsupportedValueError
from shared.graph import NodeRow, Properties, RelationshipRow

_REMEMBERED: Final = 20_000
"""Shapes and layouts kept; a graph with more starts anew, so that memory stays bounded."""


def nothing_is_secured(_key: str) -> bool:
    """Keep every property key."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A batch as canonical texts, in the order of its rows."""

    bodies: Sequence[str]
    encoded: Sequence[bytes]
    """The bodies in UTF-8."""
    layouts: Sequence[Layout]


class Renderer:
    """Writes the canonical text of nodes, or of relationships: what follows an element's id and ends."""

    def __init__(
        self, sort: Sort, limits: ArchiveLimits, *, is_secured: Callable[[str], bool] = nothing_is_secured
    ) -> None:
        self._sort = sort
        self._limits = limits
        self._is_secured = is_secured
        self._shapes: dict[Signature, Shape | None] = {}
        self._shapes_of_layouts: dict[Layout, Shape] = {}
        self._layouts: dict[tuple[Any, ...], Layout] = {}

    def render_nodes(self, rows: Sequence[NodeRow]) -> Rendered:
        """Render nodes. Raises: UnsupportedValueError naming node and key."""
        labels = [tuple(row[1]) for row in rows]
        return self._render(Batch([row[0] for row in rows], labels, [row[2] for row in rows]))

    def render_relationships(self, rows: Sequence[RelationshipRow]) -> Rendered:
        """Render relationships. Raises: UnsupportedValueError naming relationship and key."""
        labels = [(row[3],) for row in rows]
        return self._render(Batch([row[0] for row in rows], labels, [row[4] for row in rows]))

    def layout_of(self, labels: tuple[str, ...], properties: Properties) -> Layout:
        """Return the layout that an element would have. Raises: UnsupportedValueError."""
        return self._layout_of(Batch([0], [labels], [properties]), 0)

    def _render(self, batch: Batch) -> Rendered:
        for signature, places in batch.alike().items():
            self._render_alike(batch, signature, places)
        encoded = list(map(str.encode, batch.bodies))
        text = b"".join(encoded)
        expected = sum(layout.special_bytes for layout in batch.layouts)
        if count_special_bytes(text) != expected or has_noncharacters(text):
            self._mend(batch, encoded)
        if sum(map(len, encoded)) > self._limits.token_bytes:
            self._check_sizes(batch, encoded)
        return Rendered(bodies=batch.bodies, encoded=encoded, layouts=batch.layouts)

    def _render_alike(self, batch: Batch, signature: Signature, places: Sequence[int]) -> None:
        if signature not in self._shapes:
            self._learn(signature, batch, places[0])
        shape = self._shapes[signature]
        if shape is None or not _put(batch, places, shape):
            self._render_by_kinds(batch, signature, places)

    def _render_by_kinds(self, batch: Batch, signature: Signature, places: Sequence[int]) -> None:
        """Render rows whose types do not tell their kinds, in groups that have the same kinds."""
        names = [
            name
            for name, of_type in zip(*signature[1:], strict=True)
            if (of_type in DOUBTFUL_TYPES or of_type not in KINDS_OF_TYPES) and not self._is_secured(name)
        ]
        groups: defaultdict[tuple[Kind, ...], list[int]] = defaultdict(list)
        for place in places:
            groups[tuple([self._kind_of(batch, place, name) for name in names])].append(place)
        for kinds, some in groups.items():
            shape = self._make_shape(signature, dict(zip(names, kinds, strict=True)), batch.ids[some[0]])
            if not _put(batch, some, shape):
                for place in some:
                    self._render_exactly(batch, place)

    def _mend(self, batch: Batch, encoded: list[bytes]) -> None:
        """Render again the rows whose text holds more markup than their layout has."""
        groups: defaultdict[Layout, list[int]] = defaultdict(list)
        for place, text in enumerate(encoded):
            if not _is_sound(text, batch.layouts[place]):
                groups[batch.layouts[place]].append(place)
        for layout, places in groups.items():
            shape = self._shape_of(layout)
            batch.put(places, layout, shape.write([batch.properties[place] for place in places], escaped=True))
            for place in places:
                encoded[place] = batch.bodies[place].encode()
                if not is_steady(encoded[place]) or has_noncharacters(encoded[place]):
                    self._render_exactly(batch, place)
                    encoded[place] = batch.bodies[place].encode()

    def _learn(self, signature: Signature, batch: Batch, place: int) -> None:
        _make_room(self._shapes)
        _, names, types = signature
        kinds = {}
        for name, of_type in zip(names, types, strict=True):
            if not self._is_secured(name):
                kinds[name] = find_column_kind(of_type, batch.properties[place][name])
        known = {name: kind for name, kind in kinds.items() if kind is not None}
        is_known = len(known) == len(kinds)
        self._shapes[signature] = self._make_shape(signature, known, batch.ids[place]) if is_known else None

    def _make_shape(self, signature: Signature, kinds: Mapping[str, Kind], row_id: int) -> Shape:
        """Return the shape of rows with a signature, given the kinds that the types do not tell."""
        labels, names, types = signature
        kept = sorted(name for name in names if not self._is_secured(name))
        type_of = dict(zip(names, types, strict=True))
        all_kinds = [kinds[name] if name in kinds else KINDS_OF_TYPES[type_of[name]] for name in kept]
        return self._shape_of(self._layout(row_id, labels, names, kept, all_kinds))

    def _shape_of(self, layout: Layout) -> Shape:
        if layout not in self._shapes_of_layouts:
            _make_room(self._shapes_of_layouts)
            self._shapes_of_layouts[layout] = make_shape(layout)
        return self._shapes_of_layouts[layout]

    def _layout(
        self, row_id: int, labels: tuple[str, ...], names: Iterable[str], kept: Sequence[str], kinds: Sequence[Kind]
    ) -> Layout:
        stripped = tuple(sorted(set(names).difference(kept)))
        signature = (tuple(sorted(labels)), tuple(kept), tuple(kinds), stripped)
        layout = self._layouts.get(signature)
        if layout is None:
            self._check_names(row_id, labels, kept)
            if len(self._layouts) >= _REMEMBERED:
                self._layouts.clear()
            keys = [Key(self._sort, name, kind) for name, kind in zip(kept, kinds, strict=True)]
            layout = self._layouts[signature] = make_layout(self._sort, signature[0], keys, stripped)
            self._check_size(f"the names of {self._named(row_id)}", layout.template)
        return layout

    def _render_exactly(self, batch: Batch, place: int) -> None:
        layout = self._layout_of(batch, place)
        texts = []
        for key in layout.keys:
            try:
                texts.append(escape_text(key.kind.text(batch.properties[place][key.name])))
            except ValueError as error:
                raise self._unsupported(batch.ids[place], key.name, error) from error
        batch.put([place], layout, [layout.template % tuple(texts)])

    def _layout_of(self, batch: Batch, place: int) -> Layout:
        properties = batch.properties[place]
        kept = sorted(name for name in properties if not self._is_secured(name))
        kinds = [self._kind_of(batch, place, name) for name in kept]
        return self._layout(batch.ids[place], batch.labels[place], properties, kept, kinds)

    def _kind_of(self, batch: Batch, place: int, name: str) -> Kind:
        try:
            return kind_of(batch.properties[place][name])
        except ValueError as error:
            raise self._unsupported(batch.ids[place], name, error) from error

    def _unsupported(self, row_id: int, name: str, error: ValueError) -> UnsupportedValueError:
        return UnsupportedValueError(f"property {name!r} of {self._named(row_id)}: {error}.")

    def _check_names(self, row_id: int, labels: Collection[str], names: Iterable[str]) -> None:
        try:
            check_label_count(len(labels), self._limits)
            for label in labels:
                check_name("label" if self._sort is Sort.NODE else "relationship type", label, self._limits)
            for name in names:
                check_name("property key", name, self._limits)
        except ValueError as error:
            raise UnsupportedValueError(f"{self._named(row_id)} carries {error}.") from error

    def _check_sizes(self, batch: Batch, encoded: Sequence[bytes]) -> None:
        for row_id, properties, text in zip(batch.ids, batch.properties, encoded, strict=True):
            if len(text) > self._limits.token_bytes:
                self._check_values(row_id, properties)

    def _check_values(self, row_id: int, properties: Properties) -> None:
        size = 0
        for name, value in properties.items():
            if not self._is_secured(name):
                value_text = escape_text(kind_of(value).text(value))
                size += self._check_size(f"property {name!r} of {self._named(row_id)}", value_text)
        try:
            check_values_size(size, self._limits)
        except ValueError as error:
            raise UnsupportedValueError(f"{self._named(row_id)} has {error}.") from error

    def _check_size(self, what: str, text: str) -> int:
        size, limit = count_bytes(text), self._limits.token_bytes
        if size > limit:
            raise UnsupportedValueError(
                f"{what} would take {size} bytes; at most {limit} are allowed ({Setting.VALUE_BYTES})."
            )
        return size

    def _named(self, row_id: int) -> str:
        return f"{'node' if self._sort is Sort.NODE else 'relationship'} {row_id}"


def _put(batch: Batch, places: Sequence[int], shape: Shape) -> bool:
    """Render rows of one shape; return whether that went well."""
    try:
        bodies = shape.write([batch.properties[place] for place in places])
    except (NotPlainError, ValueError):
        return False
    batch.put(places, shape.layout, bodies)
    return True


def _is_sound(text: bytes, layout: Layout) -> bool:
    """Return whether a text holds no markup but its layout's, nothing that XML forbids."""
    return count_special_bytes(text) == layout.special_bytes and not has_noncharacters(text)


def _make_room(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= _REMEMBERED:
        remembered.clear()
