"""What an export request selects: references resolved against the catalogues of the tenant's databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self, TypeAlias

from shared.catalogue import DEFAULT_VERSION, CatalogueEntry, fold_id, version_order
from shared.errors import InvalidRequestError, NotFoundError
from shared.spelling import choose_spelling

Catalogues: TypeAlias = Mapping[str, Sequence[CatalogueEntry]]
"""The entries of each database (the wire says folder) that the tenant may name."""

_LONG_FORM = re.compile(r"folders/([^/]+)/services/(.+)", re.DOTALL)
_VERSIONED = re.compile(r"(.+)\[([^\[\]]*)\]", re.DOTALL)


class VersionFilter(StrEnum):
    """Which versions of a service without a named version are meant."""

    ALL = "all"
    LATEST = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReference:
    """A service, or one version of it, as a request names it: by folder and name, or by an id."""

    text: str
    """As it was sent, for messages."""
    folder: str | None = None
    name: str | None = None
    """May end in `[version]`: whether that belongs to the name, the catalogue tells."""
    service_id: str | None = None
    version_id: str | None = None


def parse_reference(text: str) -> ServiceReference:
    """Read `folder/service`, `folder/service[version]`, `service/{id}`, `version/{id}` or a bare service id.

    Raises: InvalidRequestError.
    """
    if (long_form := _LONG_FORM.fullmatch(text)) is not None:
        return ServiceReference(text=text, folder=long_form[1], name=long_form[2])
    folder, slash, name = text.lstrip("/").partition("/")
    if not folder or (slash and not name):
        raise InvalidRequestError(
            f"Service {text!r} is not a reference: send folder/service, folder/service[version], service/{{id}}, "
            "version/{id}, or a service's id."
        )
    if not slash:
        return ServiceReference(text=text, service_id=folder)
    match folder:
        case "service":
            return ServiceReference(text=text, service_id=name)
        case "version":
            return ServiceReference(text=text, version_id=name)
        case _:
            return ServiceReference(text=text, folder=folder, name=name)


def split_version(name: str) -> tuple[str, str | None]:
    """Split `service[version]`; None where there is no version, or an empty one."""
    match = _VERSIONED.fullmatch(name)
    return (name, None) if match is None else (match[1], match[2].strip() or None)


def newest_first(entries: Iterable[CatalogueEntry]) -> list[CatalogueEntry]:
    """Sort versions, the latest semantic one first."""
    return sorted(entries, key=lambda each: version_order(each.version), reverse=True)


def has_prefix(version: str | None, prefix: str) -> bool:
    """Return whether a version is this one, or begins with these whole parts: 3.2 covers 3.2.7, never 3.20."""
    whole = version or DEFAULT_VERSION
    return whole == prefix or whole.partition("-")[0] == prefix or whole.startswith(f"{prefix}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a reference reaches: every version of a service, or the one version that it names."""

    entries: Sequence[CatalogueEntry]
    is_version: bool

    @classmethod
    def of(cls, reference: ServiceReference, catalogues: Catalogues) -> Self:
        """Look a reference up; nothing found is no entries."""
        if reference.folder is not None and reference.name is not None:
            folder = choose_spelling(reference.folder, catalogues)
            return cls._named([] if folder is None else catalogues[folder], reference.name)
        entries = [entry for each in catalogues.values() for entry in each]
        if reference.version_id is not None:
            return cls._version(_with_id(entries, reference.version_id, lambda each: each.version_id))
        found = _with_id(entries, reference.service_id or "", lambda each: each.service_id)
        return cls(entries=found, is_version=False)

    @classmethod
    def _named(cls, entries: Sequence[CatalogueEntry], name: str) -> Self:
        whole = _with_name(entries, name)
        service, version = split_version(name)
        versions = _with_name(entries, service)
        if whole or version is None:
            return cls(entries=whole or versions, is_version=False)
        return cls._version(each for each in versions if has_prefix(each.version, version))

    @classmethod
    def _version(cls, found: Iterable[CatalogueEntry]) -> Self:
        return cls(entries=newest_first(found)[:1], is_version=True)


@dataclass(slots=True)
class Selection:
    """What references select, with all that is wrong with them, until `finish` gives the one or raises the other."""

    catalogues: Catalogues
    version_filter: VersionFilter
    _chosen: dict[tuple[str, str, str], CatalogueEntry] = field(default_factory=dict)
    _unknown: list[str] = field(default_factory=list)
    _empty: list[str] = field(default_factory=list)
    _versioned: list[str] = field(default_factory=list)

    def add_folder(self, folder: str) -> None:
        """Select all services of a folder."""
        spelled = choose_spelling(folder, self.catalogues)
        if spelled is None:
            self._unknown.append(f"folder {folder!r}")
        elif not self.catalogues[spelled]:
            self._empty.append(folder)
        else:
            self._choose_services(self.catalogues[spelled])

    def add_service(self, reference: ServiceReference) -> None:
        """Select a service, or one version of it."""
        match = Match.of(reference, self.catalogues)
        if match.is_version:
            self._versioned.append(reference.text)
        if not match.entries:
            self._unknown.append(f"{'version' if match.is_version else 'service'} {reference.text!r}")
        elif match.is_version:
            self._choose(match.entries[0])
        else:
            self._choose_services(match.entries)

    def add_version_id(self, version_id: str) -> None:
        """Select a version by its id."""
        self.add_service(ServiceReference(text=version_id, version_id=version_id))

    def finish(self) -> Sequence[CatalogueEntry]:
        """Return what is selected, by folder, service and version.

        Raises: NotFoundError naming all that is not there; InvalidRequestError for an empty folder, or for a version
        that is named although only the latest are wanted.
        """
        if self.version_filter is VersionFilter.LATEST and self._versioned:
            raise InvalidRequestError(
                "version_filter 'latest' goes with no named version: send version_filter 'all', or leave out "
                f"{_listed(self._versioned)}.",
                details=self._versioned,
            )
        if self._unknown:
            raise NotFoundError(f"Not found in this tenant: {', '.join(self._unknown)}.", details=self._unknown)
        if self._empty:
            raise InvalidRequestError(f"No service is in folder {_listed(self._empty)}.", details=self._empty)
        chosen = self._chosen.values()
        return sorted(chosen, key=lambda each: (each.database, each.name, version_order(each.version)))

    def _choose_services(self, entries: Sequence[CatalogueEntry]) -> None:
        """Choose of each service its latest version, or all of them."""
        oldest_first = list(reversed(newest_first(entries)))
        latest = {(each.database, each.name): each for each in oldest_first}
        for each in latest.values() if self.version_filter is VersionFilter.LATEST else oldest_first:
            self._choose(each)

    def _choose(self, entry: CatalogueEntry) -> None:
        self._chosen[entry.database, entry.name, entry.version or DEFAULT_VERSION] = entry


def _with_name(entries: Sequence[CatalogueEntry], wanted: str) -> Sequence[CatalogueEntry]:
    spelled = choose_spelling(wanted, (each.name for each in entries))
    return [each for each in entries if each.name == spelled]


def _with_id(
    entries: Sequence[CatalogueEntry], wanted: str, id_of: Callable[[CatalogueEntry], str]
) -> Sequence[CatalogueEntry]:
    """Choose those that have the id as it is spelled, else those that have it in other letter case."""
    alike = [each for each in entries if fold_id(id_of(each)) == fold_id(wanted)]
    return [each for each in alike if id_of(each) == wanted] or alike


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(map(repr, texts))
