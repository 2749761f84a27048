"""Signatures are those of the Standard Webhooks specification."""

from __future__ import annotations

import base64
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.webhooks.signatures import sign
from shared.errors import InvalidRequestError
from shared.webhooks import new_secret, read_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_published_example_is_signed_as_published() -> None:
    headers = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_receivers_verify_with_the_usual_library() -> None:
    now = int(time.time())
    secret, body = new_secret(), '{"type":"job.succeeded","data":{"applications":["Säule"]}}'.encode()
    headers = dict(sign(secret, "m-1", now, body))
    assert Webhook(secret).verify(body, headers)["type"] == "job.succeeded"
    for wrong in ({**headers, "webhook-id": "m-2"}, {**headers, "webhook-timestamp": str(now + 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, wrong)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "s3cret",
        base64.b64encode(bytes(32)).decode(),
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_!" + base64.b64encode(bytes(32)).decode(),
        "whsec_" + "ä" * 40,
    ],
)
def test_what_is_no_secret_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        read_secret(text)
    assert not text.removeprefix("whsec_") or text not in refused.value.message
