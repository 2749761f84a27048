"""Settings of an outside issuer of tokens."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

JwtAlgorithm: TypeAlias = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
RoleName: TypeAlias = Literal[
    "importer",
    "ADMIN",
    "supervisor:pf",
    "application_architect",
    "application_catalog_administrator",
    "SUPER_ADMIN",
]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _require_safe_url(url: str | None) -> str | None:
    """Refuse a way on which others could put their keys in the place of the issuer's, or read what is sent there."""
    parts = urlsplit(url or "")
    if url is not None and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("must begin with https:// (http:// only for this machine itself)")
    return url


def _require_with_issuer(value: str | None, info: ValidationInfo) -> str | None:
    if value is None and info.data.get("jwt_issuer") is not None:
        raise ValueError("is needed where an issuer is set")
    return value


Text = Annotated[str, Field(min_length=1)]
SafeUrl = Annotated[str | None, AfterValidator(_require_safe_url)]


class IssuerSettings(BaseModel):
    """Whose bearer tokens are taken beside keys, and how they are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jwt_issuer: Text | None = None
    """Absent: nobody's tokens are taken."""
    jwt_audience: Annotated[Text | None, AfterValidator(_require_with_issuer), Field(validate_default=True)] = None
    jwt_jwks_url: Annotated[SafeUrl, AfterValidator(_require_with_issuer), Field(validate_default=True)] = None
    """Where the issuer's public keys are."""
    jwt_token_url: SafeUrl = None
    """Where the spark surface sends its clients for a token; absent: below the issuer, at the path of ours."""
    jwt_algorithms: Annotated[tuple[JwtAlgorithm, ...], Field(min_length=1)] = ("RS256",)
    """JSON: what tokens may be signed with; never a shared secret."""
    jwt_leeway_seconds: int = Field(default=10, ge=0, le=300)
    """How far the issuer's clock may be from the store's."""
    jwt_user_claim: Text = "sub"
    """The names of claims; dots lead into objects."""
    jwt_tenant_claim: Text = "tenant"
    """Holds a tenant's name, or a list of several."""
    jwt_roles_claim: Text = "roles"
    """Holds a list of names, or names with spaces between."""
    jwt_roles: dict[str, RoleName] | None = None
    """JSON: the issuer's name of a role → ours; absent: its names are ours, but nobody is SUPER_ADMIN."""
