"""The port of tenants, users, keys and grants."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypeAlias

from shared.api_keys import ApiKey, KnownKey
from shared.identity import (
    ApplicationName,
    DatabaseNames,
    Grant,
    Grounds,
    ImportedApplication,
    Standing,
    Tenant,
    User,
)

TenantChange: TypeAlias = Callable[[Tenant], Tenant]
UserChange: TypeAlias = Callable[[User], User]


def let_pass(_: object) -> None:
    """Agree to any state of a record."""


class IdentityStore(Protocol):
    """Who may do what. A change counts from the next question on. Each raises StoreUnavailableError.

    A change is decided on the record as it is when it is written: where another change comes between, it is decided
    again. What decides (`change`, `check`) may be called several times, and ends the change by raising.
    """

    def on(self, grounds: Grounds) -> IdentityStore:
        """Give the store as one whose changes count only while the grounds are as they were read.

        Where they are not, each raises GroundsChangedError, and changes nothing.
        """
        ...

    async def watch(self, tell: Callable[[], None]) -> None:
        """Tell of each change that any process makes, until cancelled; once at the beginning, and after each gap.

        It may miss one: who must know asks again every few seconds.
        """
        ...

    async def find_key(self, sha256: str) -> KnownKey | None:
        """Find a key by the SHA-256 of its text, with its user, in one round trip; it counts as used."""
        ...

    async def choose_open_tenants(self, tenants: Sequence[str], user: str) -> Sequence[str]:
        """Choose the tenants that are there and have no disabled user of this name, however spelled."""
        ...

    async def get_tenant(self, name: str) -> Tenant | None:
        """Find a tenant."""
        ...

    async def list_tenants(self) -> Sequence[Tenant]:
        """List all tenants by name."""
        ...

    async def create_tenant(self, tenant: Tenant) -> None:
        """Store a new tenant. Raises: ConflictError where there is one of its name."""
        ...

    async def change_tenant(self, name: str, change: TenantChange) -> Tenant:
        """Change a tenant that is there. Returns it as it is stored. Raises: NotFoundError."""
        ...

    async def remove_tenant(self, name: str, check: Callable[[Tenant], None] = let_pass) -> None:
        """Remove a tenant with its users, keys and grants. Raises: NotFoundError."""
        ...

    async def get_user(self, tenant: str, name: str) -> User | None:
        """Find a user of a tenant, or of the installation where the tenant is empty."""
        ...

    async def list_users(self, tenant: str) -> Sequence[User]:
        """List a tenant's users by name."""
        ...

    async def create_user(self, user: User) -> None:
        """Store a new user. Raises: NotFoundError for an unknown tenant, ConflictError where there is such a user."""
        ...

    async def change_user(self, tenant: str, name: str, change: UserChange) -> User:
        """Change a user who is there. Returns the user as stored. Raises: NotFoundError."""
        ...

    async def remove_user(self, tenant: str, name: str, check: Callable[[User], None] = let_pass) -> None:
        """Remove a user with keys and grants. Raises: NotFoundError."""
        ...

    async def list_keys(self, tenant: str) -> Sequence[ApiKey]:
        """List the keys of a tenant's users, the oldest first."""
        ...

    async def create_key(self, key: ApiKey) -> None:
        """Store a key. Raises: NotFoundError for an unknown user."""
        ...

    async def replace_key(self, sha256: str, key: ApiKey, check: Callable[[ApiKey], None] = let_pass) -> None:
        """Put a key in the place of another, which ends. Raises: NotFoundError where that one has ended before."""
        ...

    async def remove_key(self, sha256: str, check: Callable[[ApiKey], None] = let_pass) -> None:
        """End a key. Raises: NotFoundError."""
        ...

    async def list_grants(self, tenant: str) -> Sequence[Grant]:
        """List a tenant's grants by database, application, user."""
        ...

    async def put_grant(
        self, grant: Grant, *, needs_user: bool = True, imported: ImportedApplication | None = None
    ) -> Grant:
        """Store a grant; the same right given before stays as it was. Returns what is stored.

        Raises: NotFoundError for an unknown tenant, and where one is needed, for an unknown user; GroundsChangedError
        where it is no longer noted that the application was imported so, if the right to grant it rests on that.
        """
        ...

    async def remove_grant(self, grant: Grant, check: Callable[[Grant], None] = let_pass) -> None:
        """Take a grant back. Raises: NotFoundError."""
        ...

    async def read_standings(
        self, tenant: str, user: str, applications: Sequence[ApplicationName]
    ) -> Sequence[Standing]:
        """Read for each application how the tenant's user stands to it, in one round trip."""
        ...

    async def note_database(self, database_id: str, name: str) -> DatabaseNames:
        """Note what settings call a database, by its server's own id; return all names that it was noted under."""
        ...

    async def note_imported(self, imported: Sequence[ImportedApplication], *, names: Collection[str] = ()) -> None:
        """Note who brought applications; what was granted on earlier ones of their names ends, unless by one job.

        `names`: further ones of their database.
        """
        ...

    async def withdraw_imported(self, job_id: str) -> None:
        """Forget what a job was noted to bring: it did not, in the end."""
        ...

    async def forget_application(self, application: ApplicationName) -> None:
        """Forget who brought an application, and all grants on it: it is gone."""
        ...
