"""The bodies of users."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.bodies.parsing import MOST_NAMES
from shared.identity import User, require_roles, require_user_name

DisplayName = Annotated[str, Field(min_length=1, max_length=200)]
Roles = Annotated[tuple[str, ...], Field(max_length=MOST_NAMES, strict=False)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class NewUserBody(_Body):
    """What POST /users sends."""

    user: str
    roles: Roles = ()
    name: DisplayName | None = None
    """For people to read."""

    def to_user(self, tenant: str, now: datetime) -> User:
        """Return the user. Raises: InvalidRequestError."""
        return User(
            tenant=tenant,
            name=require_user_name(self.user),
            display_name=self.name,
            roles=require_roles(self.roles, tenant=tenant),
            created=now,
        )


class UserChangeBody(_Body):
    """What PATCH /users/{user} sends: what is not named stays."""

    roles: Roles | None = None
    name: DisplayName | None = None
    disabled: bool | None = None

    def apply_to(self, user: User) -> User:
        """Return the user as it shall be. Raises: InvalidRequestError."""
        return replace(
            user,
            roles=user.roles if self.roles is None else require_roles(self.roles, tenant=user.tenant),
            display_name=self.name if "name" in self.model_fields_set else user.display_name,
            disabled=user.disabled if self.disabled is None else self.disabled,
        )
