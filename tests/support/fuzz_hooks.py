"""What a fuzzer must know of this API: how bodies are sent that are neither JSON nor forms."""

from __future__ import annotations

import schemathesis

from gateway.bodies.downloads import ARCHIVE_MEDIA_TYPES
from gateway.dialects.native.uploads.protocol import PIECE

BYTES = "application/octet-stream"

schemathesis.serializer.alias(sorted({*ARCHIVE_MEDIA_TYPES, PIECE} - {BYTES}), BYTES)
