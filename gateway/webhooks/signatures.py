"""Signs what is sent, as the Standard Webhooks specification has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from shared.webhooks import read_secret


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Return the headers that tell the message, the seconds since 1970 of this try, and the signature of all.

    Raises: InvalidRequestError for a text that is no secret.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(read_secret(secret), content, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
