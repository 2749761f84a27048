"""Who can read what is sent, and how long certificates are good, is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.checkup.findings import State
from shared.checkup.transport import check_certificates, tell_encryption
from shared.settings.process import Settings
from tests.shared.checkup.states import states
from tests.support.proxies import write_certificate


def test_what_others_can_read_is_told() -> None:
    uris = {"open": "bolt://h", "safe": "neo4j+s://h", "blind": "bolt+ssc://h"}
    databases = {name: {"uri": uri} for name, uri in uris.items()}
    url = "rediss://h?ssl_cert_reqs=none"
    found = tell_encryption(Settings.model_validate({"valkey_url": url, "databases": databases}))
    assert states(found) == {
        "store: encryption": State.WARNING,
        "database open: encryption": State.OK,
        "database safe: encryption": State.OK,
        "database blind: encryption": State.WARNING,
    }
    assert [each.message.partition(" ")[0] for each in found] == ["TLS", "none:", "TLS,", "TLS"]


@pytest.mark.parametrize(
    ("days", "state", "word"),
    [(400, State.OK, "until"), (10, State.WARNING, "in 9 days"), (-1, State.WARNING, "ended")],
)
def test_authorities(tmp_path: Path, days: int, state: State, word: str) -> None:
    file = tmp_path / "ca.pem"
    write_certificate(file, lasts=timedelta(days=days))
    named = {"valkey_url": "rediss://h", "valkey_ca_file": file}
    (found,) = check_certificates(Settings.model_validate(named))
    assert (found.part, found.state) == ("store: authorities", state)
    assert word in found.message
    assert str(file) in found.message


def test_a_certificate_of_ours_that_ended_is_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    write_certificate(file, lasts=timedelta(days=-1))
    (found,) = check_certificates(Settings.model_validate({"valkey_url": "rediss://h", "valkey_cert_file": file}))
    assert (found.part, found.state) == ("store: certificate", State.FAILED)


def test_a_file_that_does_not_tell_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    write_certificate(file)
    settings = Settings.model_validate({"valkey_url": "rediss://h", "valkey_ca_file": file})
    file.write_text(file.read_text().replace("CERTIFICATE", "TRUSTED CERTIFICATE"))
    (found,) = check_certificates(settings)
    assert found.state is State.WARNING
    assert "does not say until when" in found.message
