"""Whose nodes are: the scope labels that the catalogue's entries, and imports under way, claim."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.replacing import STANDING
from shared.catalogue import DEFAULT_VERSION, is_application_label
from shared.damaged_entries import damage_of, labels_claimed


class _Reads(Protocol):
    async def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """Which labels belong to the applications that go, and which to those that stay."""

    catalogue: Sequence[Mapping[str, Any]]
    """What all its entries hold."""
    entries: int
    """How many of them go."""
    owned: frozenset[str]
    """The scope labels of the applications that go; others may claim the same."""
    others: Mapping[str, str]
    """Labels that entries which stay claim, or other imports, each with who does: a node that carries one stays."""
    in_use: frozenset[str]
    """Of the labels that were asked about, and of those of versions, those that nodes carry, or indexes name."""
    stepped_back: Sequence[str] | None
    """The labels of what this job's import has begun to replace; None: it has not begun."""

    @property
    def going(self) -> Sequence[str]:
        """The labels whose nodes go, unless they carry one that stays."""
        return sorted(self.owned.difference(self.others))


async def read_scopes(
    reads: _Reads, names: Sequence[str], versions: Sequence[str], *, job_id: str = "", labels: Collection[str] = ()
) -> Scopes:
    """Read what belongs to applications by name and version, where an empty version means all, and what to others.

    A name without an entry is its own label. The labels of this job's import are no others. `labels` are those of which
    it is asked whether they are in use. All is read in one round trip.
    """
    found = _Standing()
    for what, told in await reads.run(STANDING, {"job": job_id, "labels": list(labels)}):
        found.add(what, told)
    return _judge(found, names, versions)


@dataclass(slots=True)
class _Standing:
    """The rows of STANDING."""

    entries: list[Mapping[str, Any]] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    in_use: set[str] = field(default_factory=set)
    stepped_back: Sequence[str] | None = None

    def add(self, what: str, told: Any) -> None:
        match what:
            case "entry":
                self.entries.append(told)
            case "imported":
                self.imported.append(told)
            case "in use":
                self.in_use.add(told)
            case _:
                self.stepped_back = told


def _judge(found: _Standing, names: Sequence[str], versions: Sequence[str]) -> Scopes:
    entries, in_use = found.entries, found.in_use
    named = set(zip(names, versions, strict=True))
    going = [each for each in entries if not named.isdisjoint(_identities(each))]
    staying = [each for each in entries if named.isdisjoint(_identities(each))]
    bare = {name for name, version in named if not version and is_application_label(name)}.difference(
        each["Name"] for each in going
    )
    others = {label: label for label in found.imported}
    others |= {label: str(entry["Name"]) for entry in staying for label in _protected(entry, in_use)}
    owned = bare.union(scope_label(each, in_use) for each in going if damage_of(each) is None)
    return Scopes(
        catalogue=entries,
        entries=len(going),
        owned=frozenset(owned),
        others=others,
        in_use=frozenset(in_use),
        stepped_back=found.stepped_back,
    )


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
