"""Sets of roles that several routes ask for."""

from __future__ import annotations

from typing import Final

from shared.identity import Role

ADMINISTRATORS: Final = frozenset({Role.ADMIN})
SUPER_ADMINISTRATORS: Final = frozenset({Role.SUPER_ADMIN})
SUPERVISORS: Final = frozenset({Role.ADMIN, Role.SUPERVISOR})
CATALOGUE_ADMINISTRATORS: Final = frozenset({Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR})
"""Only together."""
GRANTERS: Final = frozenset({Role.ADMIN, Role.IMPORTER})
"""An importer for what the same user imported."""
IMPORTERS: Final = frozenset({Role.IMPORTER, Role.ADMIN})
