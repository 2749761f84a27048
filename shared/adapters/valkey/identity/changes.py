"""What each change of identity writes, decided with all of identity at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from shared.adapters.valkey.identity.content import USES, Edit, IdentityContent
from shared.adapters.valkey.identity.records import (
    field_of_application,
    field_of_grant,
    field_of_user,
    format_database,
    format_grant,
    format_imported,
    format_key,
    format_tenant,
    format_user,
    parse_database,
    parse_grant,
    parse_imported,
    parse_key,
    parse_tenant,
    parse_user,
)
from shared.api_keys import ApiKey
from shared.errors import ConflictError, GroundsChangedError, NotFoundError, UnknownTenantError, UnknownUserError
from shared.identity import EVERYONE, ApplicationName, Grant, Grounds, ImportedApplication, Tenant, User
from shared.ports.identity import TenantChange, UserChange

_CHANGED: Final = "The rights that this rests on have just changed; try again."


def create_tenant(content: IdentityContent, tenant: Tenant) -> Iterator[Edit]:
    """Raises: ConflictError."""
    if tenant.name in content.tenants:
        raise ConflictError(f"Tenant {tenant.name!r} already exists.")
    yield Edit("tenants", tenant.name, format_tenant(tenant))


def change_tenant(content: IdentityContent, name: str, change: TenantChange) -> Iterator[Edit]:
    """Raises: NotFoundError."""
    tenant = change(_require_tenant(content, name))
    yield Edit("tenants", name, format_tenant(tenant))


def remove_tenant(content: IdentityContent, name: str, check: Callable[[Tenant], None]) -> Iterator[Edit]:
    """Take users, keys and grants along. Raises: NotFoundError."""
    check(_require_tenant(content, name))
    yield Edit("tenants", name, None)
    for owner in content.users:
        if owner.startswith(field_of_user(name, "")):
            yield from _drop_user(owner)
    yield from _drop_keys(content, name, None)
    yield from _drop_grants(content, name, None)


def create_user(content: IdentityContent, user: User) -> Iterator[Edit]:
    """Raises: NotFoundError, ConflictError."""
    if user.tenant:
        _require_tenant(content, user.tenant)
    if field_of_user(user.tenant, user.name) in content.users:
        raise ConflictError(f"User {user.name!r} already exists.")
    yield _put_user(user)


def change_user(content: IdentityContent, tenant: str, name: str, change: UserChange) -> Iterator[Edit]:
    """Raises: NotFoundError."""
    yield _put_user(change(_require_user(content, tenant, name)))


def remove_user(content: IdentityContent, tenant: str, name: str, check: Callable[[User], None]) -> Iterator[Edit]:
    """Take keys and grants along. Raises: NotFoundError."""
    check(_require_user(content, tenant, name))
    yield from _drop_user(field_of_user(tenant, name))
    yield from _drop_keys(content, tenant, name)
    yield from _drop_grants(content, tenant, name)


def create_key(content: IdentityContent, key: ApiKey) -> Iterator[Edit]:
    """Raises: NotFoundError."""
    _require_user(content, key.tenant, key.user)
    yield Edit("keys", key.sha256, format_key(key))


def replace_key(content: IdentityContent, sha256: str, key: ApiKey, check: Callable[[ApiKey], None]) -> Iterator[Edit]:
    """Raises: NotFoundError."""
    yield from remove_key(content, sha256, check)
    yield from create_key(content, key)


def remove_key(content: IdentityContent, sha256: str, check: Callable[[ApiKey], None]) -> Iterator[Edit]:
    """Raises: NotFoundError."""
    check(parse_key(_require(content.keys, sha256, "The key has ended already.")))
    yield from _drop_key(sha256)


def put_grant(
    content: IdentityContent, grant: Grant, *, needs_user: bool, imported: ImportedApplication | None
) -> Iterator[Edit]:
    """Leave one that is there as it was. Raises: NotFoundError, GroundsChangedError."""
    if imported is not None and imported != _find_import(content, imported.application):
        raise GroundsChangedError(_CHANGED)
    _require_tenant(content, grant.tenant)
    if needs_user and grant.user != EVERYONE:
        _require_user(content, grant.tenant, grant.user)
    place = field_of_grant(grant.tenant, grant.application, grant.user)
    if place not in content.grants:
        yield Edit("grants", place, format_grant(grant))


def require_grounds(content: IdentityContent, grounds: Grounds) -> None:
    """Raise GroundsChangedError where the grounds are not as they were read."""
    user = content.users.get(field_of_user(grounds.tenant, grounds.user))
    version = None if user is None else parse_user(user).version
    if version != grounds.version or (grounds.sha256 is not None and grounds.sha256 not in content.keys):
        raise GroundsChangedError(_CHANGED)


def _find_import(content: IdentityContent, application: ApplicationName) -> ImportedApplication | None:
    text = content.imports.get(field_of_application(application))
    return None if text is None else parse_imported(text)


def remove_grant(content: IdentityContent, grant: Grant, check: Callable[[Grant], None]) -> Iterator[Edit]:
    """Raises: NotFoundError."""
    place = field_of_grant(grant.tenant, grant.application, grant.user)
    check(parse_grant(_require(content.grants, place, f"Grant {grant.id!r} is unknown.")))
    yield Edit("grants", place, None)


def note_database(content: IdentityContent, database_id: str, name: str) -> Iterator[Edit]:
    """Give the name to this database; another one that had it has had it."""
    for each, text in content.databases.items():
        if each != database_id:
            yield Edit("databases", each, format_database(parse_database(text).without_name(name)))
    names = parse_database(content.databases.get(database_id))
    yield Edit("databases", database_id, format_database(names.with_name(name)))


def note_imported(
    content: IdentityContent, imported: Sequence[ImportedApplication], names: Collection[str]
) -> Iterator[Edit]:
    """End the grants on what had the name before, unless a job says the same again."""
    for each in imported:
        known = content.imports.get(field_of_application(each.application))
        if known is None or parse_imported(known).job_id != each.job_id:
            for database in {each.application.database, *names}:
                yield from forget_application(content, each.application._replace(database=database))
            yield Edit("imports", field_of_application(each.application), format_imported(each))


def withdraw_imported(content: IdentityContent, job_id: str) -> Iterator[Edit]:
    """Forget what the job was to bring."""
    for text in content.imports.values():
        if (imported := parse_imported(text)).job_id == job_id:
            yield from forget_application(content, imported.application)


def forget_application(content: IdentityContent, application: ApplicationName) -> Iterator[Edit]:
    """Drop the record, and the grants of every tenant."""
    if (place := field_of_application(application)) in content.imports:
        yield Edit("imports", place, None)
    for field, text in content.grants.items():
        if parse_grant(text).application == application:
            yield Edit("grants", field, None)


def _require(known: Mapping[str, str], field: str, message: str) -> str:
    if field not in known:
        raise NotFoundError(message)
    return known[field]


def _require_tenant(content: IdentityContent, name: str) -> Tenant:
    if name not in content.tenants:
        raise UnknownTenantError(name)
    return parse_tenant(content.tenants[name])


def _require_user(content: IdentityContent, tenant: str, name: str) -> User:
    place = field_of_user(tenant, name)
    if place not in content.users:
        raise UnknownUserError(name)
    return parse_user(content.users[place])


def _put_user(user: User) -> Edit:
    return Edit("users", field_of_user(user.tenant, user.name), format_user(user))


def _drop_user(owner: str) -> Iterator[Edit]:
    yield from (Edit("users", owner, None), Edit(USES, owner, None))


def _drop_key(sha256: str) -> Iterator[Edit]:
    yield from (Edit("keys", sha256, None), Edit(USES, sha256, None))


def _drop_keys(content: IdentityContent, tenant: str, user: str | None) -> Iterator[Edit]:
    for sha256, text in content.keys.items():
        key = parse_key(text)
        if key.tenant == tenant and user in (None, key.user):
            yield from _drop_key(sha256)


def _drop_grants(content: IdentityContent, tenant: str, user: str | None) -> Iterator[Edit]:
    for field, text in content.grants.items():
        grant = parse_grant(text)
        if grant.tenant == tenant and user in (None, grant.user):
            yield Edit("grants", field, None)
