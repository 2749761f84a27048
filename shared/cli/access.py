"""Chooses the gateway and the credentials: by options, else the environment, else a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from shared.cli.errors import UsageError
from shared.cli.options import Options
from shared.cli.profiles import DEFAULT, Profile, Profiles

URL: Final = "GRAPHFERRY_URL"
KEY: Final = "GRAPHFERRY_KEY"
TENANT: Final = "GRAPHFERRY_TENANT"
PROFILE: Final = "GRAPHFERRY_PROFILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where requests go, with which credentials."""

    url: str
    """Without a slash at its end."""
    key: str | None = field(default=None, repr=False)
    """A key or an access token; None: requests go without."""
    tenant: str | None = None


def find_access(options: Options, environ: Mapping[str, str], profiles: Profiles) -> Access:
    """Return the access that is meant. Raises: UsageError where address or key are nowhere to be found."""
    profile = _find_profile(options, environ, profiles)
    url = options.url or environ.get(URL) or (profile.url if profile else None)
    if url is None:
        raise UsageError(f"Which gateway is meant? Name it with --url or {URL}, or store it with: graphferry login")
    url = require_url(url)
    if profile is not None and profile.url != url:
        profile = None  # its key is for another gateway, and stays away from this one
    key = environ.get(KEY) or (profile.key if profile else None)
    if key is None:
        raise UsageError(f"There is no key for {url}: set {KEY}, or store one with: graphferry login {url}")
    tenant = options.tenant or environ.get(TENANT) or (profile.tenant if profile else None)
    return make_access(url, key, tenant)


def make_access(url: str, key: str, tenant: str | None) -> Access:
    """Return the access, without the line ends of files that key or tenant were read from.

    Raises: UsageError for what no header can carry.
    """
    key, tenant = key.strip(), tenant and tenant.strip()
    for what, text in (("The key", key), ("The tenant", tenant or "")):
        if not text.isprintable():
            raise UsageError(f"{what} holds characters that it cannot have.")
    return Access(url=url, key=key, tenant=tenant)


def name_profile(options: Options, environ: Mapping[str, str]) -> str:
    """Return the name of the profile that is meant."""
    return options.profile or environ.get(PROFILE) or DEFAULT


def _find_profile(options: Options, environ: Mapping[str, str], profiles: Profiles) -> Profile | None:
    name, known = name_profile(options, environ), profiles.read()
    if name not in known and name != DEFAULT:
        listed = ", ".join(sorted(known)) or "none"
        raise UsageError(f"Profile {name!r} is unknown; known profiles: {listed}.")
    return known.get(name)


def require_url(url: str) -> str:
    """Return an address of HTTP without a slash at its end. Raises: UsageError."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
        holds_credentials = "@" in parts.netloc
        _ = parts.port  # complains where it is none
    except ValueError:
        good = holds_credentials = False
    if holds_credentials:
        raise UsageError("The gateway's address must not hold credentials: the key is given on its own.")
    if not good:
        raise UsageError(f"Address {url!r} is not allowed: it is like https://ferry.example.")
    return url.rstrip("/")
