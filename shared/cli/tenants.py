"""The commands for tenants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TextIO

from cyclopts import App

from shared.identity import Tenant, require_tenant_name
from shared.resources import open_identity
from shared.settings import Settings


def create_tenants_app(read_settings: Callable[[], Settings], output: TextIO) -> App:
    """Make the commands under `tenants`."""
    app = App(name="tenants", help="Tenants and their databases.")

    @app.command
    async def create(name: str, /, *, databases: str = "") -> None:
        """Create a tenant, or give an existing one other databases.

        Parameters
        ----------
        name
            Letters, digits, dots, underscores, hyphens.
        databases
            Names that settings give, joined by commas, the preferred one first.
        """
        names = tuple(dict.fromkeys(part.strip() for part in databases.split(",") if part.strip()))
        require_tenant_name(name)
        async with open_identity(read_settings()) as identity:
            known = await identity.get_tenant(name) or Tenant(name=name, databases=(), created=datetime.now(UTC))
            await identity.put_tenant(replace(known, databases=names))
        output.write(f"{name}: {', '.join(names) or 'no databases'}\n")

    return app
