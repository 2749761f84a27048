"""What archives and uploads of one bucket are made with."""

from __future__ import annotations

from dataclasses import dataclass

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.copying import Copying
from shared.adapters.s3.publishing import Publisher
from shared.adapters.s3.quotas import Growth
from shared.adapters.s3.scratch import Scratch
from shared.ports.leases import Leases


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStore:
    """A bucket, and what one process knows of it."""

    bucket: Bucket
    leases: Leases
    scratch: Scratch
    growth: Growth
    conditional: Conditional
    copying: Copying

    @property
    def publisher(self) -> Publisher:
        """What gives files their names."""
        return Publisher(self.bucket, self.leases, self.conditional)
