"""What we use of pytest-xdist 3.8.0 that is not public.

- `LoadScopeScheduling._split_scope`: gives the part of the tests that one process passes as a whole. The public
  `--dist loadgroup` changes node ids, which pytest 9.2 no longer allows: its groups have no effect. Without it two
  processes would break things in the same way at once, and each would begin stacks that the other has.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

_WHOLE = ("tests/browser/", "tests/faults/")
"""The folders whose files share a stack."""


def make_scheduler(config: Any, log: Any) -> Any:
    """Give what hands folders and files to processes, in the order of the collection."""
    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = find_part
    return scheduler


def find_part(node_id: str) -> str:
    """Return the folder or the file whose tests belong together."""
    file, _, _ = node_id.partition("::")
    return next((folder for folder in _WHOLE if file.startswith(folder)), file)
