"""How a store is reached that is not open to all: by a certificate of one's own authority, by a role's token."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.adapters.s3.client import open_bucket
from shared.errors import UnavailableError
from shared.settings.buckets import parse_bucket_address
from tests.support.object_stores import choose_prefix, credentials, open_test_bucket
from tests.support.stacks.engines import SessionEngines
from tests.support.tls import make_certificates, open_tls_front

pytestmark = pytest.mark.engines


async def test_a_store_behind_a_private_authority_is_reached_by_its_file(
    session_engines: SessionEngines, tmp_path: Path
) -> None:
    server = session_engines.object_store("moto")
    own, other = make_certificates(tmp_path, "own", "other")
    with open_tls_front(server.port, own) as port:
        address = server.address(choose_prefix()).replace(server.endpoint, f"https://127.0.0.1:{port}")
        async with open_test_bucket(f"{address}&ca_file={own}") as bucket:
            await bucket.put("key", b"content")
            assert await bucket.get("key") == b"content"
        for refused in (address, f"{address}&ca_file={other}"):
            async with open_test_bucket(refused) as bucket:
                with pytest.raises(UnavailableError, match="certificate verify failed"):
                    await bucket.get("key")


async def test_a_role_s_token_gives_credentials(
    session_engines: SessionEngines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, token = session_engines.object_store("moto"), tmp_path / "token"
    token.write_text("told by the cluster")
    with credentials():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ferry")
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.endpoint)
        async with open_bucket(parse_bucket_address(server.address(choose_prefix()))) as bucket:
            await bucket.put("key", b"content")
            assert await bucket.get("key") == b"content"
            assert bucket._client._request_signer._credentials.method == "assume-role-with-web-identity"
