"""What a fuzzer must know of this API: how bodies are sent that are neither JSON nor forms."""

from __future__ import annotations

import schemathesis

from gateway.dialects.native.uploads.protocol import PIECE
from gateway.downloads import ZIP

schemathesis.serializer.alias([ZIP, PIECE], "application/octet-stream")
