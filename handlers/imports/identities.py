"""Decides under which ids the applications of an archive are entered in the target's catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.archive.manifest import ApplicationManifest
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry, fold_id, service_id_of, version_id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The ids that an entry is to hold; None: none, so that they follow from database, name and version."""

    service_id: str | None = None
    version_id: str | None = None
    warnings: tuple[str, ...] = ()


class Identities:
    """What ids the target's catalogue holds, grown by what was decided already."""

    def __init__(self, database: str, entries: Sequence[CatalogueEntry]) -> None:
        self._database = database
        self._services: dict[str, str | None] = {each.name: _held_service_id(each) for each in entries}
        """By name; of several versions the newest counts."""
        self._owners = {fold_id(each.service_id): each.name for each in entries}
        self._versions = {fold_id(each.version_id): _version(each.name, each.version) for each in entries}

    def decide(
        self, application: ApplicationManifest, name: str, version: str | None, going: Sequence[CatalogueEntry]
    ) -> Identity:
        """Decide for one application: a service that is there keeps its id, others bring theirs unless it is taken."""
        gone = {_version(each.name, each.version) for each in going}
        is_there = name in self._services or bool(going)
        service_id = self._services.get(name) if is_there else _brought_service_id(application)
        version_id = _brought_version_id(application) if version == application.version else None
        taken = []
        if not is_there and service_id is not None and fold_id(service_id) in self._owners:
            taken.append("ServiceId")
            service_id = None
        key = _version(name, version)
        if version_id is not None and self._versions.get(fold_id(version_id), key) not in {key, *gone}:
            taken.append("VersionId")
            version_id = None
        self._take(name, version, service_id, version_id)
        return Identity(service_id=service_id, version_id=version_id, warnings=self._warn(name, taken))

    def _take(self, name: str, version: str | None, service_id: str | None, version_id: str | None) -> None:
        self._services[name] = service_id
        if service_id is not None:
            self._owners[fold_id(service_id)] = name
        if version_id is not None:
            self._versions[fold_id(version_id)] = _version(name, version)

    def _warn(self, name: str, taken: Sequence[str]) -> tuple[str, ...]:
        if not taken:
            return ()
        what = " and ".join(taken)
        where = f"in database {self._database!r}"
        return (f"Application {name!r} gets a new {what} {where}: that of the archive is taken there.",)


def _version(name: str, version: str | None) -> tuple[str, str]:
    return name, version or DEFAULT_VERSION


def _held_service_id(entry: CatalogueEntry) -> str | None:
    return None if entry.service_id == service_id_of(entry.database, entry.name) else entry.service_id


def _brought_service_id(application: ApplicationManifest) -> str | None:
    derived = service_id_of(application.folder, application.name)
    return None if application.service_id == derived else application.service_id


def _brought_version_id(application: ApplicationManifest) -> str | None:
    derived = version_id_of(application.folder, application.name, application.version)
    return None if application.version_id == derived else application.version_id
