"""Checks who is to be told of a job's end."""

from __future__ import annotations

from gateway.submission.submission import Submission
from gateway.webhooks.addresses import Judge
from gateway.webhooks.sending import find_webhook
from shared.errors import InvalidRequestError
from shared.resources import Resources
from shared.webhooks import read_secret


async def check_webhook(resources: Resources, submission: Submission) -> None:
    """Check the address and the secret that a request names. Raises: InvalidRequestError."""
    webhook = submission.webhook
    if webhook is None or submission.retry_of is not None:  # which takes over what was checked
        return
    if webhook.secret is not None:
        read_secret(webhook.secret)
    elif await find_webhook(resources, submission.caller.tenant) is None:
        raise InvalidRequestError(
            "The webhook names no secret, and the tenant has no webhook whose secret it could be signed with: name one "
            "in webhook.secret."
        )
    await Judge(resources.settings).require(webhook.url)
