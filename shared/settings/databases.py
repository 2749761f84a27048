"""Settings of one Neo4j database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, model_validator

from shared.settings.addresses import is_routed, require_database_address
from shared.settings.given_files import read_secrets
from shared.settings.tls import AuthorityFile, CertificateFile, TlsFile

_FIELDS_OF: Final[Mapping[str, frozenset[str]]] = {
    "basic": frozenset({"user", "password"}),
    "bearer": frozenset({"token"}),
    "none": frozenset(),
}
"""What each way to be admitted needs."""


def require_database_name(name: str) -> str:
    """Return the name of a database on its server. Raises: ValueError."""
    if not name.strip():
        raise ValueError("names no database: name the home database, too, as SHOW HOME DATABASE tells it")
    if name.lower() == "system":
        raise ValueError("is the server's own database, which holds no applications")
    return name


class DatabaseSettings(BaseModel):
    """A Neo4j database behind a name of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uri: Annotated[str, AfterValidator(require_database_address)]
    auth: Literal["basic", "bearer", "none"] = "basic"
    """How the server admits us: by user and password, by a token, or as it admits anybody."""
    user: str = "neo4j"
    password: SecretStr = SecretStr("")
    token: SecretStr | None = None
    database: Annotated[str, AfterValidator(require_database_name)] = "neo4j"
    read: Literal["leader", "replica"] = "leader"
    """Which members of a cluster exports are read from."""
    ca_file: AuthorityFile = None
    """Certificates of the authorities that may have signed the server's; absent: those that the system trusts."""
    key_file: TlsFile = None
    cert_file: CertificateFile = None
    """The certificate that we show, with its key where that is in no file of its own."""

    @property
    def is_routed(self) -> bool:
        """Whether the address is that of a cluster, whose members the driver finds out."""
        return is_routed(self.uri)

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, given: Any) -> Any:
        return read_secrets(given, ("password", "token")) if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _require_fitting_fields(self) -> Self:
        given = self.model_dump(exclude_defaults=True).keys()
        for name in sorted(given & frozenset[str]().union(*_FIELDS_OF.values()) - _FIELDS_OF[self.auth]):
            raise ValueError(f"{name} is of no use with auth {self.auth!r}: leave it out, or choose another auth")
        if self.auth == "bearer" and not (self.token and self.token.get_secret_value()):
            raise ValueError("token, or token_file, is needed with auth 'bearer'")
        if self.read == "replica" and not self.is_routed:
            raise ValueError("read 'replica' needs an address that begins with neo4j://, neo4j+s:// or neo4j+ssc://")
        return self

    def reveal(self) -> dict[str, str]:
        """Write down how to reach the database, secrets too, as settings read it."""
        is_basic = self.auth == "basic"
        # What earlier versions do not know is left out where it says nothing.
        exclude = {name for name, is_plain in (("auth", is_basic), ("read", self.read == "leader")) if is_plain}
        values = self.model_dump(exclude_none=True, exclude_defaults=not is_basic, exclude=exclude)
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
        }
