"""Addresses that make no sense are told when settings are read, and nothing of a password with them."""

from __future__ import annotations

import orjson
import pytest

from shared.settings.process import Settings, SettingsError

SECRET = "s3cret"


def read_store(url: str) -> Settings:
    return Settings.from_environ({"GRAPHFERRY_VALKEY_URL": url})


def read_database(uri: str) -> Settings:
    databases = orjson.dumps({"source": {"uri": uri, "password": SECRET}}).decode()
    return Settings.from_environ({"GRAPHFERRY_DATABASES": databases})


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "redis://valkey.example",
        "redis://[::1]:6379/",
        "rediss://user:p%40ss%2Fword@h:1/3?ssl_cert_reqs=none&ssl_check_hostname=False",
        "redis://h?socket_timeout=2.5&db=4&client_name=ferry&max_connections=9&socket_keepalive=yes",
        "unix:///run/valkey.sock?db=1",
        "unix://user:p@/run/valkey.sock",
        "redis+sentinel://one,two:26380,[::1]:1/name/0",
        "rediss+sentinel://u:p@one/name?sentinel_username=a&sentinel_password=b%40c&ssl_ca_certs=/ca.pem",
        "redis+sentinel://one/name?sentinel_password=b@c",
        "redis+cluster://one,two:6380,[::1]:1/0",
        "rediss+cluster://u:p@one?ssl_ca_certs=/ca.pem&db=0",
    ],
)
def test_good_addresses_of_a_store_are_taken(url: str) -> None:
    assert read_store(url).valkey_url == url


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "must begin with redis://, rediss://"),
        ("valkey.example", "must begin with"),
        (f"valkey://:{SECRET}@h", "not with valkey://"),
        (f"redis+sentinels://:{SECRET}@h/name", r"not with redis\+sentinels://"),
        ("unix+sentinel://one/name", r"not with unix\+sentinel://"),
        ("redis://", "names no host"),
        ("redis:///0", "names no host"),
        ("redis://one,two/0", "no host and port"),
        ("redis://h:0", "no host and port"),
        ("redis://h:port", "a port is a number"),
        ("redis://h:99999", "a port is a number"),
        ("redis://[::1", "cannot be read"),
        ("redis://h/notanumber", "'notanumber', which is no number"),
        ("redis://h/0#a", "nothing after a #"),
        ("redis://h /0", "no spaces"),
        ("redis://h/0\n", "line breaks"),
        ("redis://h?ssl_cert_reqs=none", "the option 'ssl_cert_reqs', which is none of client_name, db"),
        ("redis://h?db=one", "a whole number as the option db"),
        ("redis://h?socket_timeout", "a number of seconds as the option socket_timeout"),
        ("rediss://h?ssl_ca_cert=x", "the option 'ssl_ca_cert', which is none of .*ssl_ca_certs, ssl_cert_reqs"),
        ("rediss://h?ssl_cert_reqs=maybe", "none, optional or required"),
        ("rediss://h?ssl_check_hostname=off", "yes or no as the option ssl_check_hostname"),
        ("rediss://h?ssl_cert_reqs=none&ssl_check_hostname=yes", "with ssl_cert_reqs=none"),
        ("redis://h?sentinel_password=x", "has an option, which is none of"),
        ("unix://run/valkey.sock", "by its whole path"),
        ("unix://", "by its whole path"),
        ("redis+sentinel://h", "lacks the name"),
        ("redis+cluster://h/1", "another database than 0"),
        ("redis+cluster://h?db=1", "another database than 0"),
        ("redis+cluster://h/name/0", "'name/0', which is no number"),
        ("redis+cluster://one,,two", "names no host"),
        ("redis+cluster://h?sentinel_password=x", "has an option, which is none of"),
        ("redis+cluster://h?installation=x", "the option 'installation', which is none of"),
        ("redis+sentinel:///name", "names no host"),
        ("redis+sentinel://h,/name", "names no host"),
        ("redis+sentinel://one:port/name", "a port is a number"),
        ("redis+sentinel://h/name/first", "'first', which is no number"),
        (f"redis://:s3/{SECRET}@h", "write %40 for @"),
        (f"redis://u:12/{SECRET}@h/0", "write %40 for @"),
        (f"redis://u:12?{SECRET}=x@h/0", "write %40 for @"),
        (f"redis://u:12#{SECRET}@h/0", "write %40 for @"),
        (f"redis://u:{SECRET}", "a port is a number"),
        (f"rediss://h?password=a&{SECRET}=b", "has an option, which is none of"),
        (f"redis://:{SECRET}@h\u2100/0", "cannot be read"),
    ],
)
def test_addresses_that_are_no_stores_are_told(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match=f"^GRAPHFERRY_VALKEY_URL: .*{told}") as refusal:
        read_store(url)
    assert SECRET not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "uri",
    ["bolt://h", "bolt://localhost:7687/", "bolt+ssc://[::1]:7687", "neo4j+s://h.example:1?policy=a&region=b"],
)
def test_good_addresses_of_a_database_are_taken(uri: str) -> None:
    assert read_database(uri).databases["source"].uri == uri


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("", r"must begin with bolt://, bolt\+s://"),
        ("localhost:7687", "must begin with"),
        ("bolt:/x", "must begin with"),
        ("http://localhost:7474", "not with http://"),
        ("neo4js://h", "not with neo4js://"),
        ("bolt+routing://h", r"not with bolt\+routing://"),
        ("neo4j://", "names no host"),
        ("neo4j://:7687", "names no host"),
        ("bolt://h:7687x", "a port is a number"),
        ("bolt://one,two", "no host and port"),
        ("neo4j://h/graph", "must end after host and port"),
        ("neo4j://h#graph", "must end after host and port"),
        ("bolt://h?policy=a", "neo4j:// alone"),
        ("neo4j://h?policy", "no routing context"),
        ("neo4j://h?policy=a&policy=b", "no routing context"),
        ("neo4j://h?address=x", "no routing context"),
        (f"neo4j://neo4j:{SECRET}@h", "neither user nor password"),
        (f"neo4j://neo4j:12/{SECRET}@h", "neither user nor password"),
    ],
)
def test_addresses_that_are_no_databases_are_told(uri: str, told: str) -> None:
    with pytest.raises(SettingsError, match=rf"^GRAPHFERRY_DATABASES\.source\.uri: .*{told}") as refusal:
        read_database(uri)
    assert SECRET not in str(refusal.value)
    assert "\n" not in str(refusal.value)
