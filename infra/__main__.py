"""Starts `python3 -m infra` on any Python, with nothing installed."""

from __future__ import annotations

import sys

OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Answer the command line with an exit code."""
    if sys.version_info < OLDEST_PYTHON:
        wanted, found = (".".join(map(str, version[:2])) for version in (OLDEST_PYTHON, sys.version_info))
        sys.stderr.write(
            "error: Graphferry needs Python %s or newer, and this is Python %s (%s).\n"  # noqa: UP031
            "Install a newer one and start with it, for example: python%s -m infra demo\n"
            % (wanted, found, sys.executable, wanted)
        )
        return 1
    from infra.command import answer  # noqa: PLC0415 - its syntax may be unknown to an older Python

    return answer(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
