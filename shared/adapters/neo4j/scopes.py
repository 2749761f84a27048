"""Whose nodes are: the scope labels that the catalogue's entries, and imports under way, claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.catalogue import CATALOGUE_ENTRIES, LABELS_IN_USE
from shared.adapters.neo4j.cypher.replacing import LABELS_OF_IMPORTS
from shared.catalogue import DEFAULT_VERSION, is_application_label
from shared.damaged_entries import damage_of, labels_claimed


class _Reads(Protocol):
    async def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """Which labels belong to the applications that go, and which to those that stay."""

    entries: int
    """How many entries go."""
    owned: frozenset[str]
    """The scope labels of the applications that go; others may claim the same."""
    others: Mapping[str, str]
    """Labels that entries which stay claim, or other imports, each with who does: a node that carries one stays."""

    @property
    def going(self) -> Sequence[str]:
        """The labels whose nodes go, unless they carry one that stays."""
        return sorted(self.owned.difference(self.others))


async def read_scopes(reads: _Reads, names: Sequence[str], versions: Sequence[str], *, job_id: str = "") -> Scopes:
    """Read what belongs to applications by name and version, where an empty version means all, and what to others.

    A name without an entry is its own label. The labels of this job's import are no others.
    """
    entries = [row[0] for row in await reads.run(CATALOGUE_ENTRIES, {"name": None})]
    wanted = {"labels": [each for entry in entries for each in labels_if_in_use(entry)]}
    ((in_use,),) = await reads.run(LABELS_IN_USE, wanted)
    named = set(zip(names, versions, strict=True))
    going = [each for each in entries if not named.isdisjoint(_identities(each))]
    staying = [each for each in entries if named.isdisjoint(_identities(each))]
    bare = {name for name, version in named if not version and is_application_label(name)}.difference(
        each["Name"] for each in going
    )
    others = {label: label for (label,) in await reads.run(LABELS_OF_IMPORTS, {"job": job_id})}
    others |= {label: str(entry["Name"]) for entry in staying for label in _protected(entry, in_use)}
    owned = bare.union(scope_label(each, in_use) for each in going if damage_of(each) is None)
    return Scopes(entries=len(going), owned=frozenset(owned), others=others)


def _identities(entry: Mapping[str, Any]) -> set[tuple[Any, Any]]:
    """Return what may name an entry: its name with its version, or with none."""
    name, version = entry["Name"], entry.get("Version") or DEFAULT_VERSION
    return {(name, each) for each in ("", version) if isinstance(name, str) and isinstance(each, str)}


def labels_if_in_use(entry: Mapping[str, Any]) -> list[str]:
    """Return the label of an entry that states none, if nodes carry it, such as `Shop@2`; nothing for others."""
    name, version = entry["Name"], entry.get("Version")
    is_open = not entry.get("Label") and isinstance(name, str) and isinstance(version, str)
    return [f"{name}@{version}"] if is_open else []


def scope_label(entry: Mapping[str, Any], in_use: Iterable[str]) -> str:
    """Return a sound entry's scope label: its own, else the versioned one if that is in use, else its name."""
    return str(entry.get("Label") or next((each for each in labels_if_in_use(entry) if each in in_use), entry["Name"]))


def _protected(entry: Mapping[str, Any], in_use: Iterable[str]) -> list[str]:
    """Return the labels that an entry claims, or would once nodes carried them; a damaged one all that it may mean."""
    if damage_of(entry) is None:
        return [scope_label(entry, in_use), *labels_if_in_use(entry)]
    return sorted(labels_claimed(entry))
