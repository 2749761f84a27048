"""Logins need no request: credentials and an address are all that they are asked with."""

from __future__ import annotations

import pytest

from gateway.access.authentication import Logins
from gateway.access.credentials import Credentials
from gateway.access.failed_logins import FailedLogins
from gateway.access.signing import Purpose, Signer
from gateway.http_errors import TooManyFailedLoginsError
from shared.api_keys import hash_key, new_key
from shared.errors import UnauthenticatedError
from shared.identity import Tenant
from tests.support.keys import admit, make_key
from tests.support.memory.identity import MemoryIdentity

SIGNER = Signer(b"0" * 32, issuer="graphferry")
KEY = new_key()


@pytest.fixture
async def logins() -> Logins:
    identity = MemoryIdentity()
    await identity.create_tenant(Tenant(name="acme", databases=()))
    await admit(identity, make_key(text=KEY, user="ann"))
    return Logins(identity, SIGNER, None, FailedLogins(2))


async def test_a_key_lets_its_user_in(logins: Logins) -> None:
    login = await logins.log_in(Credentials(key=KEY), address="10.0.0.1")
    assert (login.principal.user, login.principal.tenant) == ("ann", "acme")
    assert login.key is not None
    assert login.key.sha256 == hash_key(KEY)


async def test_a_token_of_ours_is_good_as_a_bearer_alone(logins: Logins) -> None:
    token = SIGNER.sign(Purpose.ACCESS, {"key": hash_key(KEY)}, seconds=60)
    assert (await logins.log_in(Credentials(key=token, is_bearer=True), address=None)).principal.user == "ann"
    with pytest.raises(UnauthenticatedError):
        await logins.log_in(Credentials(key=token), address=None)


async def test_bad_credentials_are_counted_by_address_and_by_name(logins: Logins) -> None:
    bad, nameless = Credentials(key=new_key(), user="ann"), Credentials(key="gf_wrong")
    for _ in range(2):
        with pytest.raises(UnauthenticatedError):
            await logins.log_in(bad, address="10.0.0.1")
    for credentials, address in ((bad, "10.0.0.2"), (nameless, "10.0.0.1")):
        with pytest.raises(TooManyFailedLoginsError) as refused:
            await logins.log_in(credentials, address=address)
        assert 0 < int(refused.value.headers["Retry-After"]) <= 60
    with pytest.raises(UnauthenticatedError):
        await logins.log_in(nameless, address="10.0.0.2")
    assert (await logins.log_in(Credentials(key=KEY, user="ann"), address="10.0.0.1")).principal.user == "ann"
