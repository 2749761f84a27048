"""Tells the operator of what lies in a tenant's folder and is nothing of ours."""

from __future__ import annotations

from dataclasses import asdict

import structlog

from shared.concurrency.each import do_for_each
from shared.identity import Tenant
from shared.resources import Resources


class StrayNews:
    """Tells of each stray once for as long as it stays."""

    def __init__(self) -> None:
        self._told: dict[str, frozenset[str]] = {}

    async def tell(self, resources: Resources) -> None:
        """Look into all folders. Raises: as do_for_each."""

        async def look(tenant: Tenant) -> None:
            strays = await resources.archives.list_strays(tenant.name)
            told = self._told.get(tenant.name, frozenset())
            self._told[tenant.name] = frozenset(each.id for each in strays)
            log = structlog.get_logger(__name__)
            for each in strays:
                if each.id not in told:
                    log.warning("stray in an archive folder", tenant=tenant.name, **asdict(each))

        await do_for_each(await resources.identity.list_tenants(), look)
