"""The compiled codec of the checkout: compiled once, again when its sources change."""

from __future__ import annotations

import hashlib
import os
import sysconfig
import time
from pathlib import Path
from typing import Final

from infra.console import say
from infra.files import held, write_atomically
from infra.native.building import HEADER_LOCK, build, list_sources, module_of
from infra.native.compilers import BuildFailed, find_system_compiler

_BUILT: Final = "built"


class Codec:
    """The modules of `shared/native`, as files of this Python."""

    def __init__(self, checkout: Path, environment: Path) -> None:
        self._checkout = checkout
        self._folder = checkout / "shared" / "native"
        self._work = environment / "native"
        self._stamp = self._work / "stamp"

    def ensure(self) -> bool:
        """Compile it unless that was done; return whether it is there.

        Where it cannot be, this says why, and it is tried again when sources or the system's compiler change.
        """
        if self._was_tried():
            if not (is_built := self._is_built()):
                say("The codec could not be compiled (docs/codec.md): exports and imports take longer.")
            return is_built
        with held(self._checkout):  # another start may have compiled it meanwhile
            if not self._was_tried():
                self._build()
        return self._is_built()

    def _was_tried(self) -> bool:
        if not self._stamp.exists():
            return False
        return self._is_built() or self._stamp.read_text() == self._failure()

    def _is_built(self) -> bool:
        built = self._stamp.read_text() == f"{self._fingerprint()} {_BUILT}"
        return built and all(module_of(each).exists() for each in list_sources(self._folder))

    def _build(self) -> None:
        say("Compiling the codec (once) …")
        began = time.monotonic()
        try:
            compiler = build(self._checkout, self._folder, self._work)
        except BuildFailed as error:
            self._give_up(error)
        else:
            write_atomically(self._stamp, f"{self._fingerprint()} {_BUILT}", mode=0o644)
            say(f"  done by {compiler.name} in {time.monotonic() - began:.0f} s")

    def _give_up(self, error: BuildFailed) -> None:
        for source in list_sources(self._folder):
            module_of(source).unlink(missing_ok=True)  # it may be of older sources
        write_atomically(self._stamp, self._failure(), mode=0o644)
        reasons = "\n".join(f"  {line}" for line in str(error).splitlines())
        say(
            f"The codec could not be compiled:\n{reasons}\n"
            "Everything works without it, and gives the same archives; exports and imports take longer. "
            "Install a C compiler with Python's headers (Debian, Ubuntu: apt install gcc python3-dev), "
            f"or delete {self._stamp} to try again."
        )

    def _failure(self) -> str:
        compiler = find_system_compiler(os.environ)
        return f"{self._fingerprint()} failed with {'none' if compiler is None else compiler.name}"

    def _fingerprint(self) -> str:
        """Return what tells these sources, for this Python."""
        content = hashlib.sha256(str(sysconfig.get_config_var("EXT_SUFFIX")).encode())
        for file in (HEADER_LOCK, *sorted(self._folder.glob("*.p[yx]*"))):
            if file.suffix in {".pyx", ".pxd", ".lock"}:
                content.update(file.name.encode() + b"\0" + file.read_bytes())
        return content.hexdigest()
