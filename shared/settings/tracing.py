"""Settings of traces: where spans are sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo

from shared.settings.addresses import require_collector_address
from shared.settings.given_files import require_certificates
from shared.settings.packages import require_installed

PATH: Final = "/v1/traces"
"""Where collectors take spans."""

Value = TypeVar("Value")

_PACKAGES: Final = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


def _require_endpoint(url: str | None) -> str | None:
    if not url:
        return None
    whole = require_collector_address(url).rstrip("/")
    require_installed("tracing", *_PACKAGES)
    return whole if whole.endswith(PATH) else whole + PATH


def _require_headers(headers: dict[str, SecretStr], info: ValidationInfo) -> dict[str, SecretStr]:
    """Refuse what is no header. No message quotes a value."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ValueError("has a name that is none of a header: letters, digits and -")
        if not _VALUE.fullmatch(value.get_secret_value()):
            raise ValueError(f"has a value for {name!r} that no header may have: printable ASCII, and no line breaks")
    return _require_use(headers, info)


def _require_authority(file: Path | None, info: ValidationInfo) -> Path | None:
    if file is not None:
        if (info.data.get("tracing_endpoint") or "").startswith("http:"):
            raise ValueError("is for TLS, which http:// is without: take https://, or leave it out")
        require_certificates(file)
    return _require_use(file, info)


def _require_use(value: Value, info: ValidationInfo) -> Value:
    if value and info.data.get("tracing_endpoint", "") is None:
        raise ValueError("is of no use without GRAPHFERRY_TRACING_ENDPOINT")
    return value


class TracingSettings(BaseModel):
    """Where spans are sent, and of which traces."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracing_endpoint: Annotated[str | None, AfterValidator(_require_endpoint)] = None
    """The collector that takes OTLP over HTTP, at its base or the whole path; absent or empty: nothing is sent."""
    tracing_headers: Annotated[dict[str, SecretStr], AfterValidator(_require_headers)] = Field(default_factory=dict)
    """JSON: headers that the collector asks for, such as a token."""
    tracing_ca_file: Annotated[Path | None, AfterValidator(_require_authority)] = None
    """Certificates of the authorities that may have signed the collector's."""
    tracing_sample: float = Field(default=1.0, ge=0, le=1)
    """The share of the traces that begin here; of others whoever began them has chosen."""
