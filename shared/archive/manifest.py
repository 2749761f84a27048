"""The manifest: what an archive says about itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    NonNegativeInt,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.values.typed_json import typed, untyped
from shared.damaged_entries import OWN_KEYS, damage_of
from shared.errors import InvalidArchiveError
from shared.graph import SchemaEntry

FORMAT: Final = "graphferry"
FORMAT_VERSION: Final = 1
TOOL_VERSION: Final = "0.1.0"
MANIFEST_ENTRY: Final = "manifest.json"


def graph_entry(number: int) -> str:
    """Return the name of the GraphML entry of the application of this number, from 1."""
    return f"applications/{number}/graph.graphml"


def references_entry(number: int) -> str:
    """Return the name of the entry that lists what leaves the application of this number."""
    return f"applications/{number}/references.jsonl"


def _require_known(fields: object, known: Collection[str]) -> object:
    """Refuse the first field that is unknown: each of them would be an error of its own."""
    if isinstance(fields, Mapping):
        for name in fields:
            if name not in known:
                raise ValueError(f"the field {name[:80]!r} is unknown")
    return fields


def _require_counts(counts: object) -> object:
    """Refuse the first value that is no count, whatever the others are."""
    if isinstance(counts, Mapping):
        for key, value in counts.items():
            if type(value) is not int or value < 0:
                raise ValueError(f"{key[:80]!r} has no count")
    return counts


def _require_texts(entries: object) -> object:
    """Refuse the first list within an entry that holds something else than texts."""
    for entry in entries if isinstance(entries, Sequence) else ():
        for value in entry.values() if isinstance(entry, Mapping) else ():
            if isinstance(value, list) and not all(isinstance(each, str) for each in value):
                raise ValueError("a list of texts holds something else")
    return entries


def _untyped(values: object) -> object:
    """Accept both forms: typed texts from a manifest, values from a caller. Raises: ValueError for no value."""
    if not isinstance(values, Mapping):
        return values
    found = untyped(values)
    typed(found)
    return found


TypedProperties = Annotated[Mapping[str, Any], BeforeValidator(_untyped), PlainSerializer(typed)]
Counts = Annotated[Mapping[str, NonNegativeInt], BeforeValidator(_require_counts)]
SchemaEntries = Annotated[tuple[SchemaEntry, ...], FailFast(), BeforeValidator(_require_texts)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, fields: object) -> object:
        return _require_known(fields, cls.model_fields)


class SourceManifest(_Model):
    """Where an archive comes from."""

    database: str
    engine: str
    """The server's version."""


class ReferencesManifest(_Model):
    """The entry that lists an application's external references, then its shared nodes."""

    entry: str
    bytes: NonNegativeInt
    """Inflated; as for sha256."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class ApplicationManifest(_Model):
    """One application version of an archive."""

    name: str = Field(min_length=1)
    kind: str
    version: str | None
    service_id: str
    version_id: str
    folder: str
    """The database, as settings of the exporter name it."""
    label: str = Field(min_length=1)
    """The scope label, which the archive's nodes do not carry."""
    catalogued: bool
    entry: str
    bytes: NonNegativeInt
    """Of the entry, inflated; as for sha256."""
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    nodes: NonNegativeInt
    relationships: NonNegativeInt
    properties: NonNegativeInt
    labels: Counts
    """Nodes by label."""
    types: Counts
    """Relationships by type."""
    digest: str = Field(pattern="^[0-9a-f]{32}$")
    indexes_and_constraints: SchemaEntries
    external_references: Counts
    """Relationships that leave the application, by the other one's name; under "" those that reach none."""
    others: NonNegativeInt = Field(default=0, exclude_if=lambda count: count == 0)
    """More relationships that leave it, to applications that whoever exported it could not see: not listed."""
    references: ReferencesManifest | None = None
    """None: no relationship leaves, no node is shared."""
    catalogue_properties: TypedProperties
    shared_nodes: NonNegativeInt
    secured_properties: Counts
    """Values left out, by property key."""
    fidelity: Counts
    """Values that GraphML carries only with our extensions, by encoding; empty: every reader sees all."""

    @model_validator(mode="after")
    def _require_entry(self) -> Self:
        """Refuse what would be a damaged entry of a catalogue."""
        said = (self.name, self.label, self.version, self.kind, self.service_id, self.version_id)
        if (damage := damage_of(dict(zip(OWN_KEYS, said, strict=True)))) is not None:
            raise ValueError(damage)
        if twice := sorted(set(OWN_KEYS) & set(self.catalogue_properties)):
            raise ValueError(f"{twice[0]} is no further property of an entry")
        return self


class Manifest(_Model):
    """The whole archive."""

    format: Literal["graphferry"] = FORMAT
    format_version: Literal[1] = FORMAT_VERSION
    tool_version: str = TOOL_VERSION
    file_filter: str = "migrate"
    source: SourceManifest
    secured_properties: Counts
    """Values left out of all applications, by property key."""
    applications: Annotated[tuple[ApplicationManifest, ...], FailFast()] = Field(min_length=1)

    def to_bytes(self) -> bytes:
        """Write JSON with sorted keys: equal manifests have equal bytes."""
        content = self.model_dump(mode="json")
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def parse_manifest(content: bytes, limits: ArchiveLimits | None = None) -> Manifest:
    """Read manifest.json. Raises: InvalidArchiveError naming each field that is wrong."""
    try:
        fields = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidArchiveError(f"Not JSON: {error}.", entry=MANIFEST_ENTRY) from error
    _check_version(fields)
    _check_number(fields, limits or ArchiveLimits())
    try:
        return Manifest.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()[:10]
        )
        raise InvalidArchiveError(f"The manifest is wrong: {problems}.", entry=MANIFEST_ENTRY) from error


def _check_number(fields: Mapping[str, Any], limits: ArchiveLimits) -> None:
    """Refuse too many applications before any of them is judged."""
    listed = fields.get("applications")
    if isinstance(listed, list) and len(listed) > limits.applications:
        raise InvalidArchiveError(
            f"{len(listed)} applications; at most {limits.applications} are allowed ({Setting.APPLICATIONS}).",
            entry=MANIFEST_ENTRY,
        )


def _check_version(fields: object) -> None:
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise InvalidArchiveError(f"The manifest's format is not {FORMAT!r}.", entry=MANIFEST_ENTRY)
    version = fields.get("format_version")
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise InvalidArchiveError(
            f"Format version {version!r} is unknown; this version reads {FORMAT_VERSION}. Use a newer Graphferry.",
            entry=MANIFEST_ENTRY,
        )
