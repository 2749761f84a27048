"""Errors that the spark surface alone has."""

from __future__ import annotations

from collections.abc import Sequence

from shared.errors import InvalidRequestError


class SeveralFoldersError(InvalidRequestError):
    """One import request names several destination folders."""

    code = "SEVERAL_FOLDERS"

    def __init__(self, folders: Sequence[str]) -> None:
        listed = ", ".join(map(repr, folders))
        super().__init__(
            f"services_modify names several destination folders, {listed}: import into one folder with each request."
        )
