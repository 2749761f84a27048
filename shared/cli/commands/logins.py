"""The commands that store credentials, and show whose they are."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from cyclopts import App

from shared.cli.access import TENANT, URL, Access, make_access, name_profile, require_url
from shared.cli.client.gateway import open_gateway
from shared.cli.errors import UsageError
from shared.cli.options import OPTIONS, Options
from shared.cli.profiles import Profile
from shared.cli.screen.prompts import read_secret
from shared.cli.shell import Shell

_FIELDS: Final = {"User": "user", "Tenant": "tenant", "Roles": "roles", "Databases": "databases", "Tenants": "tenants"}
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def add_login_commands(app: App, shell: Shell) -> None:
    """Add `login`, `logout` and `whoami`."""

    @app.command
    async def login(url: str | None = None, /, *, options: Options = OPTIONS) -> None:
        """Store address, key and tenant as a profile, once the gateway has let the key in.

        The key is asked for at the terminal, unseen; elsewhere it is the first line of stdin.

        Parameters
        ----------
        url
            The gateway's address, such as https://ferry.example.
        """
        display = shell.show(options)
        access = _ask(shell, options, url)
        async with open_gateway(access) as gateway:
            me = await gateway.ask("GET", "me")
        name = name_profile(options, shell.environ)
        shell.profiles.put(name, Profile(url=access.url, key=access.key or "", tenant=access.tenant))
        display.say(f"Profile {name} is stored in {shell.profiles.file}.")
        display.show(me, _FIELDS)

    @app.command
    def logout(*, options: Options = OPTIONS) -> None:
        """Forget a profile; its key stays good until it is revoked."""
        name = name_profile(options, shell.environ)
        if not shell.profiles.remove(name):
            raise UsageError(f"There is no profile {name!r}.")
        shell.show(options).say(f"Profile {name} is forgotten.")

    @app.command
    async def whoami(*, options: Options = OPTIONS) -> None:
        """Show who one is for the gateway."""
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("GET", "me"), _FIELDS)


def _ask(shell: Shell, options: Options, url: str | None) -> Access:
    """Find out what a profile needs. Raises: UsageError."""
    given = url or options.url or shell.environ.get(URL)
    if given is None:
        raise UsageError(f"Which gateway? Name its address, or set {URL}.")
    address = require_url(given)
    parts = urlsplit(address)
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        shell.show(options).warn(f"warning: {address} is not encrypted: everybody on the way can read the key.")
    key = read_secret(f"Key for {address}: ", source=shell.input, messages=shell.messages)
    if not key:
        raise UsageError("There is no key on stdin.")
    return make_access(address, key, options.tenant or shell.environ.get(TENANT))
