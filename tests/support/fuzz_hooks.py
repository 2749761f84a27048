"""What a fuzzer must know of this API: how bodies are sent that are neither JSON nor forms."""

from __future__ import annotations

import schemathesis

from gateway.bodies.downloads import ZIP
from gateway.dialects.native.uploads.protocol import PIECE

schemathesis.serializer.alias([ZIP, PIECE], "application/octet-stream")
