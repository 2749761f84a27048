"""What we use of aiohttp 3.14.5 that is not public.

- `ClientSession._retry_connection`: whether a request that may be repeated is, when a kept connection turns out to be
  closed. We repeat requests ourselves, knowing that the first may have been done. Without it a repeated request may be
  taken for the first: a deletion that was done is answered "not found".
"""

from __future__ import annotations

import aiohttp


def never_repeat(session: aiohttp.ClientSession) -> None:
    """Send each request once."""
    session._retry_connection = False
